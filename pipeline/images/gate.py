"""Whether an image may be released: what a scan found, and whether it is signed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def gate(
    ecr: Any,
    *,
    repository: str,
    digest: str,
    allowed_findings: str,
    signing: bool,
    tell: Callable[[str], None],
) -> None:
    """Wait for the scan of an image and judge it; where images are signed, find the signature.

    Called for each service's digest, an index's or a platform's, before anything is synthesised.

    Parameters
    ----------
    ecr
        The boto3 client of the registry's account.
    repository
        Such as ``shop/storefront``.
    digest
        What a task definition will name; of an index, each platform is judged.
    allowed_findings
        The worst severity that a new image may have: ``none`` to ``critical``. An image that is
        live somewhere (a tag ``live-*``) is told, not stopped.
    signing
        Whether the registry signs what is pushed.
    tell
        Told in a sentence what was found.

    Raises
    ------
    PipelineError
        The image may not be released: one line.
    """
