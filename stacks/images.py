"""Which image each service runs: a digest per service, built before synthesis."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

# What a service without an image gets: `cdk synth` works on a fresh clone, and nothing can
# mistake it for an image.
ZERO_DIGEST = "sha256:" + "0" * 64

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def read_digests(path: Path) -> Mapping[str, str | None]:
    """Read the digests that a build left behind; none where nothing was built yet.

    Parameters
    ----------
    path
        A JSON object of service names and digests, such as ``build/images.json``. A service with
        null instead gets its image later: the pipeline makes its repository first.

    Raises
    ------
    ValueError
        The file is not such an object. The message is one line, for the person who must act.
    """
    if not path.exists():
        return {}
    try:
        digests = json.loads(path.read_text())
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: not JSON ({error}); build the images again") from None
    if not isinstance(digests, dict):
        raise ValueError(f"{path}: must map services to digests; build the images again")
    for service, digest in digests.items():
        if digest is not None and not (isinstance(digest, str) and _DIGEST.fullmatch(digest)):
            raise ValueError(
                f"{path}: {service} must have a digest (sha256:<64 hexadecimal digits>); "
                "build its image again"
            )
    return digests
