"""Images: a directory for each digest, with an ``image.json`` that says what to run."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from slipway.local_aws.ecr_accounts import cannot_pull

_DIGEST = re.compile(r"@sha256:(?P<hex>[0-9a-f]{64})$")


class CannotPullContainerError(Exception):
    """The image of a container isn't there; a task stops with this reason."""


@dataclass(frozen=True)
class Image:
    """What a container image is on this machine."""

    command: tuple[str, ...]
    environment: dict[str, str]
    working_directory: Path


def pull(reference: str, images: Path, *, role: str, account: str) -> Image:
    """Find the image that a container definition names.

    An image of the registry of another account has to be in there, and its repository to let the
    role in.

    Parameters
    ----------
    reference
        ``<repository>@sha256:<hex>``.
    images
        The folder that holds one directory, named by ``<hex>``, for each image.
    role
        The ARN of the task's execution role; empty where it has none.
    account
        The task's account.

    Raises
    ------
    CannotPullContainerError
        The reference has no digest, there is no such image, or it is somebody else's.
    """
    match = _DIGEST.search(reference)
    if match is None:
        raise CannotPullContainerError(
            f"CannotPullContainerError: {reference} names no digest, "
            "and this machine holds images by digest only"
        )
    if reason := cannot_pull(reference, role, account):
        raise CannotPullContainerError(f"CannotPullContainerError: {reason}")
    directory = images / match["hex"]
    try:
        content = json.loads((directory / "image.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CannotPullContainerError(
            f"CannotPullContainerError: pull image manifest has been retried 1 time(s): "
            f"failed to resolve ref {reference}: not found"
        ) from None
    return Image(
        command=tuple(content["command"]),
        environment=dict(content.get("environment", {})),
        working_directory=Path(content.get("working_directory", directory)),
    )
