"""The bill of materials of an image: the packages in it, as CycloneDX.

It lists what package managers have left a record of, such as Debian's ``dpkg`` and Python's
``dist-info``, in the image as a task sees it. A program or library that was merely copied in has no
record, and is not listed.

syft reads the saved image without the network, in an environment of its own (``pipeline/syft``); it
is made for x86_64 and for ARM, and reads images of either.

https://cyclonedx.org/specification/overview/
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from pipeline.errors import PipelineError
from scripts.environments import environment_of
from slipway.leash import Leashed

MEDIA_TYPE = "application/vnd.cyclonedx+json"
LOCK = Path(__file__).resolve().parents[1] / "syft" / "requirements.txt"


def bill_of_materials(archive: Path, *, name: str, version: str) -> bytes:
    """List what is in an image.

    Parameters
    ----------
    archive
        The image as ``docker save`` writes it.
    name, version
        What the bill is of: repository and digest.

    Returns
    -------
    bytes
        A CycloneDX document in JSON.

    Raises
    ------
    PipelineError
        syft can't be installed, or can't read the archive.
    """
    python = environment_of(LOCK)
    if python is None:
        raise PipelineError(f"{name}@{version} has no bill of materials: syft can't be installed")
    with tempfile.TemporaryDirectory(prefix="sbom-") as scratch:
        written, said = Path(scratch, "sbom.json"), Path(scratch, "syft.log")
        with (
            said.open("wb") as log,
            Leashed(
                [
                    *(python.with_name("syft"), "scan", f"docker-archive:{archive.resolve()}"),
                    *("--output", f"cyclonedx-json={written}"),
                    *("--source-name", name, "--source-version", version),
                ],
                # A folder of its own: whatever a person has configured for syft stays out of it.
                cwd=scratch,
                env={
                    "HOME": scratch,
                    "PATH": "/usr/bin:/bin",
                    "TMPDIR": scratch,
                    "SYFT_CHECK_FOR_APP_UPDATE": "false",
                },
                stdout=log,
                stderr=log,
            ) as process,
        ):
            code = process.wait()
        if code or not written.exists():
            reason = said.read_text(errors="replace").strip().splitlines() or [f"exit code {code}"]
            raise PipelineError(
                f"{name}@{version} has no bill of materials: syft can't read {archive} "
                f"({reason[-1]:.300}); save the image again"
            )
        content = written.read_bytes()
    if json.loads(content).get("bomFormat") != "CycloneDX":
        raise PipelineError(f"{name}@{version}: what syft wrote is no CycloneDX document")
    return content
