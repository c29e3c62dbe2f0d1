"""The outputs of a build: the files that its buildspec names, as one zip file each."""

from __future__ import annotations

import os
import re
import stat
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from slipway.local_aws.codebuild.buildspec import Artifacts, Buildspec
from slipway.local_aws.codebuild.errors import PhaseFailedError
from slipway.local_aws.codebuild.order import BuildArtifact


def outputs_of(
    buildspec: Buildspec, outputs: Sequence[BuildArtifact]
) -> Iterator[tuple[BuildArtifact, Artifacts]]:
    """Say which files each output consists of.

    With one output, or for one without a name, these are the buildspec's ``artifacts``; else the
    secondary artifact of the same name.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html

    Raises
    ------
    PhaseFailedError
        The buildspec doesn't say.
    """
    for output in outputs:
        said = buildspec.secondary.get(output.name)
        if said is None and (len(outputs) == 1 or not output.name):
            said = buildspec.artifacts
        if said is None:
            raise PhaseFailedError(
                "CLIENT_ERROR", f"the buildspec has no artifacts for the output {output.name}"
            )
        yield output, said


def pack(artifacts: Artifacts, source: Path, zip_file: Path) -> int:
    """Write the zip file of an output, and return how many files are in it.

    Raises
    ------
    PhaseFailedError
        The base directory or all of the files are missing.
    """
    found: dict[str, Path] = {}
    for base in _base_directories(artifacts, source):
        for name, file in select(artifacts, base).items():
            found.setdefault(name, file)
    if not found:
        raise PhaseFailedError("CLIENT_ERROR", "no matching artifact paths found")
    with zipfile.ZipFile(
        zip_file, "w", zipfile.ZIP_DEFLATED, compresslevel=1, strict_timestamps=False
    ) as archive:
        for name, file in sorted(found.items()):
            _add(archive, name, file, links=artifacts.enable_symlinks)
    return len(found)


def select(artifacts: Artifacts, base: Path) -> Mapping[str, Path]:
    """Return the files that patterns match below a directory, by their names in the zip file."""
    patterns = [re.compile(_expression(pattern)) for pattern in artifacts.files]
    found = {}
    for file in _files(base):
        path = file.relative_to(base).as_posix()
        if any(pattern.fullmatch(path) for pattern in patterns):
            found[file.name if artifacts.discard_paths else path] = file
    return found


def _base_directories(artifacts: Artifacts, source: Path) -> list[Path]:
    pattern = artifacts.base_directory.rstrip("/").removeprefix("./")
    if pattern in ("", "."):
        return [source]
    # "Matching top-level directories are not included in the output, only their files".
    matching = sorted(path for path in source.glob(pattern) if path.is_dir())
    if not matching:
        raise PhaseFailedError(
            "CLIENT_ERROR", f"no matching base directory path found for {artifacts.base_directory}"
        )
    return matching


def _files(directory: Path) -> Iterator[Path]:
    for folder, directories, files in os.walk(directory):
        for name in directories:
            if (Path(folder) / name).is_symlink():
                yield Path(folder) / name
        for name in files:
            yield Path(folder) / name


def _expression(pattern: str) -> str:
    """Turn a pattern into a regular expression: ``**`` stands for any folders, ``*`` for none."""
    parts = re.split(r"(\*\*/|\*|\?)", pattern.removeprefix("./"))
    known = {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}
    return "".join(known.get(part, re.escape(part)) for part in parts)


def _add(archive: zipfile.ZipFile, name: str, file: Path, *, links: bool) -> None:
    if links and file.is_symlink():
        link = zipfile.ZipInfo(name)
        link.create_system = 3
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, str(file.readlink()))
    elif file.is_file():
        archive.write(file, name)
    elif file.is_dir():
        raise PhaseFailedError(
            "CLIENT_ERROR",
            f"{name} is a link to a directory, which needs enable-symlinks: yes",
        )
    else:
        raise PhaseFailedError("CLIENT_ERROR", f"{name} is no file that can be packed")
