"""One change of one resource, and what CloudFormation does about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

Template = Mapping[str, Any]
"""A CloudFormation template, as JSON has it."""


class Effect(Enum):
    """What CloudFormation does, the worst first.

    See https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
    """

    REFUSE = "refuse"
    """It fails, and rolls the stack back."""
    REPLACE = "replace"
    """It creates another one, and deletes this one."""
    REMOVE = "remove"
    MAY_REPLACE = "may replace"
    """It depends on a value that only CloudFormation knows, or on what is there."""
    INTERRUPT = "interrupt"
    """It changes this one, which does not work meanwhile, or not all of it."""
    UPDATE = "update"
    """It changes this one, and nobody notices."""
    ADD = "add"

    @property
    def rank(self) -> int:
        """Zero for the worst."""
        return list(Effect).index(self)


@dataclass(frozen=True, kw_only=True)
class Change:
    """What happens to one resource, or to one output that other stacks import."""

    logical_id: str
    type: str
    """Such as ``AWS::EC2::VPC``; ``Output`` for an output."""
    path: str
    """The construct's, ``Dev/Network/Vpc``; the logical id where the template doesn't tell."""
    effect: Effect
    properties: tuple[str, ...] = ()
    """What differs, or comes to differ: ``CidrBlock``, ``AutoScalingGroupProvider.…``."""
    notes: tuple[str, ...] = ()
    """What else there is to know, each a clause for people."""
    follows: tuple[str, ...] = ()
    """Where it is only a consequence: the logical ids of what is replaced, or may be."""
    is_new: bool = False
    """Whether the template had no such resource before."""
