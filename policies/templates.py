"""Copies of the templates without what silences checkers, and one template that is wrong."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policies.assembly import Assembly, StackTemplate

# How cfn-lint and checkov are told in a template what to leave out.
SILENCERS = ("cfn-lint", "checkov")

# A checker that has nothing to say of this one has not checked.
WRONG = {"Resources": {"Wrong": {"Type": "AWS::S3::Bucket", "Properties": {"NoSuchKey": 1}}}}


@dataclass(frozen=True)
class Copies:
    """Where the copies are.

    Parameters
    ----------
    stacks
        The stack of each copy.
    wrong
        The template that is wrong.
    """

    stacks: dict[Path, StackTemplate]
    wrong: Path

    @property
    def folder(self) -> Path:
        """Where all of them are."""
        return self.wrong.parent


def copy_templates(assembly: Assembly, directory: Path) -> Copies:
    """Copy every template, so that checkers say what they think whatever is acknowledged.

    The register is applied afterwards: only so is an acknowledgement seen that nobody needs.
    """
    directory.mkdir()
    stacks = {}
    for number, stack in enumerate(assembly.stacks):
        # Short, and the same each time: see run_checkov.
        file = directory / f"{number}.template.json"
        file.write_text(json.dumps(_without_silencers(stack.content), indent=1))
        stacks[file] = stack
    wrong = directory / "wrong.template.json"
    wrong.write_text(json.dumps(WRONG))
    return Copies(stacks, wrong)


def _without_silencers(template: dict[str, Any]) -> dict[str, Any]:
    plain = {key: value for key, value in template.items() if key != "Metadata"}
    if metadata := _loud(template.get("Metadata", {})):
        plain["Metadata"] = metadata
    plain["Resources"] = {
        name: {**resource, "Metadata": _loud(resource["Metadata"])}
        if "Metadata" in resource
        else resource
        for name, resource in template["Resources"].items()
    }
    return plain


def _loud(metadata: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in metadata.items() if key not in SILENCERS}


def silenced(stack: StackTemplate) -> Iterator[tuple[str, str]]:
    """Yield what a template tells checkers to leave out: the construct and the rule.

    What a whole template leaves out is given for the stack.
    """
    for path, metadata in (
        (stack.path, stack.content.get("Metadata", {})),
        *(
            (stack.construct(name), resource.get("Metadata", {}))
            for name, resource in stack.content["Resources"].items()
        ),
    ):
        for entry in metadata.get("checkov", {}).get("skip", ()):
            yield path, entry["id"]
        for rule in metadata.get("cfn-lint", {}).get("config", {}).get("ignore_checks", ()):
            yield path, rule
