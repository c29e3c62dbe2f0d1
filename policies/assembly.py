"""What a synthesis leaves: templates, where in the code each resource is, and the register."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from policies.register import Acknowledgement, Finding

NAG_ANNOTATION = "aws:cdk:acknowledged-rules"
VALIDATOR = "CloudFormation Validate"
GUARD = "Guard rules"

# aws-cdk-lib writes these itself, beside every flow log, for its own validator's older versions
# (aws-ec2/lib/vpc-flow-logs): they are nobody's to remove.
_OF_THE_LIBRARY = {"CloudFormation-Validate::F3002", "CloudFormation-Validate::F3003"}


@dataclass(frozen=True)
class StackTemplate:
    """One template.

    Parameters
    ----------
    path
        The stack as a construct: ``Dev/Network``.
    file
        Its template.
    region
        Where it is deployed.
    paths
        The construct of each of its resources and outputs, by logical id.
    """

    path: str
    file: Path
    region: str
    paths: dict[str, str]

    @cached_property
    def content(self) -> dict[str, Any]:
        """The template."""
        template: dict[str, Any] = json.loads(self.file.read_text(encoding="utf-8"))
        return template

    def construct(self, logical_id: str) -> str:
        """Return the construct of a logical id, or the stack where it has none of its own."""
        return self.paths.get(logical_id, self.path)


@dataclass(frozen=True)
class Assembly:
    """A cloud assembly, with what synthesis says of it.

    Parameters
    ----------
    stacks
        Every template, those of stages included.
    acknowledgements
        The register.
    packs
        Who checked during synthesis, by name: cdk-nag's packs, the library's validator, and our
        Guard rules, which the validator runs; each with its findings, acknowledged ones included.
        Who found nothing isn't there.
    """

    stacks: tuple[StackTemplate, ...]
    acknowledgements: tuple[Acknowledgement, ...]
    packs: dict[str, list[Finding]]

    @classmethod
    def read(cls, directory: Path) -> "Assembly":
        """Read what is in a directory."""
        metadata = {
            file: json.loads(file.read_text(encoding="utf-8"))
            for file in sorted(directory.rglob("*.metadata.json"))
        }
        report = json.loads((directory / "validation-report.json").read_text(encoding="utf-8"))
        packs: dict[str, list[Finding]] = {}
        for name, finding in _reported(report):
            packs.setdefault(name, []).append(finding)
        return cls(
            stacks=tuple(_stacks(directory, metadata)),
            acknowledgements=tuple(
                Acknowledgement(identifier, path.removeprefix("/"), reason or "")
                for entries_of in metadata.values()
                for path, entries in entries_of.items()
                for entry in entries
                if entry["type"] == NAG_ANNOTATION
                for identifier, reason in entry["data"].items()
                if identifier not in _OF_THE_LIBRARY
            ),
            packs=packs,
        )

    @property
    def resources(self) -> int:
        """How many resources all templates have."""
        return sum(len(stack.content["Resources"]) for stack in self.stacks)

    @property
    def resource_types(self) -> set[str]:
        """Every type of resource in the templates."""
        return {
            resource["Type"]
            for stack in self.stacks
            for resource in stack.content["Resources"].values()
        }


def _stacks(
    directory: Path, metadata: dict[Path, dict[str, list[dict[str, Any]]]]
) -> Iterator[StackTemplate]:
    for manifest in sorted(directory.rglob("manifest.json")):
        artifacts = json.loads(manifest.read_text(encoding="utf-8"))["artifacts"]
        for artifact in artifacts.values():
            if artifact["type"] != "aws:cloudformation:stack":
                continue
            file = manifest.parent / artifact["properties"]["templateFile"]
            entries_of = metadata[file.with_name(file.name.replace(".template.", ".metadata."))]
            yield StackTemplate(
                path=artifact["displayName"].split(" ")[0],
                file=file,
                region=artifact["environment"].rpartition("/")[2],
                paths={
                    entry["data"]: path.removeprefix("/")
                    for path, entries in entries_of.items()
                    for entry in entries
                    if entry["type"] == "aws:cdk:logicalId"
                },
            )


def _reported(report: dict[str, Any]) -> Iterator[tuple[str, Finding]]:
    for plugin in report["pluginReports"]:
        name = plugin["pluginName"]
        for violation in [*plugin["violations"], *(plugin.get("suppressedViolations") or ())]:
            category = violation.get("ruleMetadata", {}).get("category", "")
            checker = GUARD if category.startswith("guard:") else name
            # The library names a plugin so in an acknowledgement's id.
            identifier = f"{name.replace(' ', '-')}::{violation['ruleName']}"
            for construct in violation["violatingConstructs"]:
                yield (
                    checker,
                    Finding(
                        checker, identifier, construct["constructPath"], violation["description"]
                    ),
                )
