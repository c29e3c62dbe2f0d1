"""The sources of a build: zip files from a bucket, unpacked where its commands find them."""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from slipway.local_aws.codebuild.errors import PhaseFailedError
from slipway.local_aws.codebuild.order import BuildArtifact


def download(s3: Any, source: BuildArtifact, directory: Path) -> None:
    """Fetch a source's zip file and unpack it.

    Raises
    ------
    PhaseFailedError
        It isn't there, or is no zip file that one can unpack here.
    """
    directory.mkdir(parents=True, exist_ok=True)
    packed = directory.with_name(f"{directory.name}.zip")
    try:
        s3.download_file(source.bucket, source.key, str(packed))
    except (ClientError, BotoCoreError) as error:
        raise PhaseFailedError(
            "CLIENT_ERROR", f"{error} for primary source s3://{source.bucket}/{source.key}"
        ) from error
    try:
        unpack(packed, directory)
    except (zipfile.BadZipFile, ValueError) as error:
        raise PhaseFailedError(
            "CLIENT_ERROR", f"s3://{source.bucket}/{source.key} can't be unpacked: {error}"
        ) from error
    finally:
        packed.unlink()


def unpack(packed: Path, directory: Path) -> None:
    """Unpack a zip file with its executable bits and symbolic links.

    Raises
    ------
    ValueError
        A path or a link leads out of the directory.
    """
    root = directory.resolve()
    links: list[tuple[Path, str]] = []
    with zipfile.ZipFile(packed) as archive:
        for entry in archive.infolist():
            target = root / entry.filename
            if not target.resolve().is_relative_to(root) or ".." in target.parts:
                raise ValueError(f"{entry.filename} leads out of it")
            mode = entry.external_attr >> 16
            if stat.S_ISLNK(mode):
                # Made last: nothing is written through a link.
                links.append((target, archive.read(entry).decode()))
            elif entry.is_dir():
                target.mkdir(parents=True, exist_ok=True)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(entry) as content, target.open("wb") as file:
                    shutil.copyfileobj(content, file, 1 << 20)
                if mode & 0o777:
                    target.chmod(mode & 0o777)
    for link, leads_to in links:
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(leads_to)
    for link, leads_to in links:
        if not Path(os.path.realpath(link)).is_relative_to(root):
            raise ValueError(f"the link {link.relative_to(root)} leads out of it, to {leads_to}")
