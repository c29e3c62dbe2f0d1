"""The stacks of a cloud assembly: what the CDK has written into ``cdk.out``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from slipway.changes.change import Template


class AssemblyError(Exception):
    """A folder is no cloud assembly; the message is one line."""


@dataclass(frozen=True)
class AssembledStack:
    """A stack as it was synthesised."""

    name: str
    place: str
    """``aws://<account>/<region>``."""
    template: Template
    file: Path | None = None
    """Where it was read."""

    def asset(self, key: str) -> Path | None:
        """Return what is uploaded under a key of S3, if the assembly has it: a file or a folder.

        See https://docs.aws.amazon.com/cdk/api/v2/docs/cloud-assembly-schema-readme.html
        """
        if self.file is None:
            return None
        name = self.file.name.removesuffix(".template.json")
        manifest = self.file.with_name(f"{name}.assets.json")
        if not manifest.is_file():
            return None
        for asset in json.loads(manifest.read_text(encoding="utf-8")).get("files", {}).values():
            if any(each["objectKey"] == key for each in asset["destinations"].values()):
                path = self.file.parent / asset["source"]["path"]
                return path if path.exists() else None
        return None


def assembled_stacks(directory: Path) -> tuple[AssembledStack, ...]:
    """Read every stack of an assembly and of those nested in it.

    Raises
    ------
    AssemblyError
        There is none, or it can't be read.

    See https://docs.aws.amazon.com/cdk/api/v2/docs/cloud-assembly-schema-readme.html
    """
    try:
        return tuple(_stacks(directory))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AssemblyError(
            f"{directory} is not a cloud assembly that can be read ({error}): "
            "scripts/cdk synth writes one"
        ) from error


def _stacks(directory: Path) -> Iterator[AssembledStack]:
    manifest = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
    for id_, artifact in manifest["artifacts"].items():
        properties = artifact.get("properties", {})
        if artifact["type"] == "cdk:cloud-assembly":
            yield from _stacks(directory / properties["directoryName"])
        elif artifact["type"] == "aws:cloudformation:stack":
            template = directory / properties["templateFile"]
            yield AssembledStack(
                name=properties.get("stackName", id_),
                place=artifact["environment"],
                template=json.loads(template.read_text(encoding="utf-8")),
                file=template,
            )
