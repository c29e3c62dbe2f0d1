"""A difference as machines read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from slipway.changes import Effect, takes_away
from slipway.preview.difference import Difference


@dataclass(frozen=True, kw_only=True)
class ResourceChange:
    """What happens to one resource, or to one output that other stacks import."""

    logical_id: str
    type: str
    """Such as ``AWS::EC2::VPC``; ``Output`` for an output."""
    path: str
    """The construct's; the logical id where the template doesn't tell."""
    effect: Effect
    """What CloudFormation does."""
    properties: tuple[str, ...]
    """What differs, or comes to differ."""
    notes: tuple[str, ...]
    """What else there is to know, each a clause for people."""
    follows: tuple[str, ...]
    """Where it is only a consequence: the logical ids of what is replaced, or may be."""
    is_new: bool
    """Whether the template had no such resource before."""
    takes_away: bool
    """Whether something goes that must stay."""


@dataclass(frozen=True, kw_only=True)
class StackPreview:
    """What happens to one stack."""

    name: str
    is_new: bool
    """Whether it is not deployed yet."""
    changes: tuple[ResourceChange, ...]
    """The worst first."""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What deploying an environment would do."""

    environment: str
    stacks: tuple[StackPreview, ...]
    left_out: Mapping[str, str]
    """Stacks that these credentials don't reach, and where they are."""

    @classmethod
    def of(cls, found: Difference) -> Preview:
        """Put a difference so."""
        return cls(
            environment=found.environment,
            stacks=tuple(
                StackPreview(
                    name=name,
                    is_new=name in found.new_stacks,
                    changes=tuple(
                        ResourceChange(**vars(change), takes_away=takes_away(change))
                        for change in changes
                    ),
                )
                for name, changes in found.stacks.items()
            ),
            left_out=dict(found.left_out),
        )
