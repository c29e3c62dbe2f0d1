"""An image of somebody else's: always by digest."""

import re

from slipway.settings.errors import RuleError

_BY_DIGEST = re.compile(r"[a-z0-9][\w./:-]*@sha256:[0-9a-f]{64}")
# A registry of ECR lets nobody in without credentials.
_PRIVATE = re.compile(
    r"(?P<account>[0-9]{12})\.dkr[.-]ecr\.(?P<region>[a-z0-9-]+)\.[a-z.]+/(?P<repository>[^@]+)@"
)


def require_digest(image: str) -> None:
    """Refuse an image that is named by anything but its digest.

    Raises
    ------
    RuleError
        It could come to mean another one.
    """
    if not _BY_DIGEST.fullmatch(image):
        raise RuleError(
            f"must be repository@sha256:<64 hexadecimal digits>, not {image!r:.80}: "
            f"a tag such as latest can come to mean another image"
        )


def is_private(image: str) -> bool:
    """Tell whether an image is in somebody's registry of ECR."""
    return _PRIVATE.match(image) is not None


def place_of(image: str) -> tuple[str, str, str] | None:
    """Return account, region and repository of an image in a registry of ECR."""
    match = _PRIVATE.match(image)
    return (match["account"], match["region"], match["repository"]) if match else None
