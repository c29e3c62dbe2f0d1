"""What the builds of one architecture left in the registry: a file for who joins the images."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pipeline.errors import PipelineError


@dataclass(frozen=True)
class Result:
    """The image of one service.

    Attributes
    ----------
    digest
        ``sha256:…`` of its manifest.
    fingerprint
        What it is made of.
    reused
        Whether the registry had it already.
    """

    digest: str
    fingerprint: str
    reused: bool


@dataclass(frozen=True)
class Results:
    """The images of one architecture.

    Attributes
    ----------
    architecture
        ``x86_64`` or ``arm64``.
    images
        By service.
    deferred
        Services without a repository: theirs are built once the pipeline knows them.
    """

    architecture: str
    images: Mapping[str, Result]
    deferred: tuple[str, ...] = field(default=())

    def write(self, folder: Path) -> Path:
        """Write them into a folder as ``<architecture>.json``."""
        file = folder / f"{self.architecture}.json"
        write_json(file, asdict(self))
        return file

    @classmethod
    def read(cls, file: Path) -> Results:
        """Read such a file.

        Raises
        ------
        PipelineError
            It is something else.
        """
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
            images = {name: Result(**image) for name, image in content["images"].items()}
            return cls(content["architecture"], images, tuple(content["deferred"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise PipelineError(
                f"{file}: not what python -m pipeline build writes: run it again"
            ) from None


def write_json(file: Path, content: object) -> None:
    """Write a JSON file so that whoever reads it finds all of it, or the one before."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f"{file.name}.{os.getpid()}")
    unfinished.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    unfinished.replace(file)
