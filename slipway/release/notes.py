"""What a release notes for later ones: what was live before it, and the tasks that it added.

Nobody else remembers either: CodeDeploy doesn't know the revision that CloudFormation made live,
and ECS doesn't know which of its tasks only a release wanted. Where we create the deployment, its
description says it. A pipeline's own action creates it without a description, and registers the
revision: there the tags of the revision say it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from slipway.release.target import short

LONGEST_DESCRIPTION = 256  # of CreateDeployment

_REPLACES = re.compile(r"\[replaces ([\w-]+:\d+)\]")
_TASKS = re.compile(r"\[tasks (\d+) to (\d+)\]")
_ROLLBACK = "Rollback from "

# ECS reserves only aws: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Tag.html
_TAG_KIND = "slipway:kind"
_TAG_REPLACES = "slipway:replaces"
_TAG_TASKS = "slipway:tasks"
_TAGS = frozenset({_TAG_KIND, _TAG_REPLACES, _TAG_TASKS})


@dataclass(frozen=True, kw_only=True)
class Notes:
    """What a release notes for later ones."""

    replaced: str | None = None
    """``family:revision`` that was live when it started."""
    headroom: tuple[int, int] | None = None
    """The desired count without and with the tasks that releases have added."""
    is_rollback: bool = False
    """Whether it brings back what was live before."""

    @classmethod
    def of_description(cls, description: str) -> Notes:
        """Read what a deployment's description notes; nothing, where we didn't write it."""
        replaces, tasks = _REPLACES.search(description), _TASKS.search(description)
        return cls(
            replaced=replaces.group(1) if replaces else None,
            headroom=(int(tasks.group(1)), int(tasks.group(2))) if tasks else None,
            is_rollback=description.startswith(_ROLLBACK),
        )

    @classmethod
    def of_tags(cls, tags: Iterable[Mapping[str, str]]) -> Notes:
        """Read what the tags of a revision note, in ECS's own form; nothing, where none does."""
        values = {tag["key"]: tag.get("value", "") for tag in tags}
        tasks = re.fullmatch(r"(\d+) to (\d+)", values.get(_TAG_TASKS, ""))
        return cls(
            replaced=values.get(_TAG_REPLACES) or None,
            headroom=(int(tasks.group(1)), int(tasks.group(2))) if tasks else None,
            is_rollback=values.get(_TAG_KIND) == "rollback",
        )

    def description(self, said: str) -> str:
        """Add the notes to what a deployment's description says; that is cut where it is long."""
        note = " [tasks {} to {}]".format(*self.headroom) if self.headroom else ""
        note += f" [replaces {self.replaced}]" if self.replaced else ""
        return said[: LONGEST_DESCRIPTION - len(note)] + note

    @property
    def tags(self) -> list[dict[str, str]]:
        """The notes as tags of a revision, in ECS's own form."""
        values = {
            _TAG_KIND: "rollback" if self.is_rollback else "release",
            _TAG_REPLACES: self.replaced,
            _TAG_TASKS: "{} to {}".format(*self.headroom) if self.headroom else None,
        }
        return [{"key": key, "value": value} for key, value in values.items() if value]


def rollback_of(bad: str, good: str) -> str:
    """Say in a description that a deployment takes a bad revision out again."""
    return f"{_ROLLBACK}{short(bad)} to {short(good)}"


def without_notes(description: str) -> str:
    """Return what a description says to people."""
    return _TASKS.sub("", _REPLACES.sub("", description)).strip()


def other_tags(tags: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """Return the tags that are no notes."""
    return [dict(tag) for tag in tags if tag["key"] not in _TAGS]
