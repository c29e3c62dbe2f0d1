"""Findings of policy checks that are right as they are: acknowledged beside what they concern."""

import json
from collections.abc import Mapping
from typing import Any

from aws_cdk import Acknowledgment, Stack, Validations
from aws_cdk import aws_iam as iam
from constructs import IConstruct

PACK = "AwsSolutions"

# How the text begins that stands for a reference until synthesis.
_REFERENCE = "${Token["


def acknowledge(construct: IConstruct, finding: str, *, because: str) -> None:
    """Acknowledge one finding of the AwsSolutions pack on one construct.

    Every acknowledgement is listed in ``docs/compliance.md``, and a test fails for one that no
    finding answers to.

    Parameters
    ----------
    construct
        The narrowest construct that has the finding.
    finding
        The rule, and its suffix where it has one: ``S1``, or ``IAM5[Resource::*]``.
    because
        Why it is right here; an auditor reads it.
    """
    _acknowledge(construct, {finding: because})


def acknowledge_wildcard(role: iam.Role, resource: str, *, because: str) -> None:
    """Acknowledge a ``*`` in one resource of the policy that a role's statements make up.

    Parameters
    ----------
    role
        The role; one of its statements must have been added already.
    resource
        The resource as the statement says it, references included.
    because
        Why nothing narrower will do.
    """
    acknowledge_wildcards(role.node.find_child("DefaultPolicy"), {resource: because})


def acknowledge_wildcards(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Acknowledge the wildcards of one policy, or of a role that has its policies in itself.

    Parameters
    ----------
    construct
        The policy, or the role.
    reasons
        The reason for each resource, which is said as the statement says it.
    """
    resources: list[Any] = list(reasons)
    if any(_REFERENCE in resource for resource in resources):
        resources = Stack.of(construct).resolve(resources)
    _acknowledge(
        construct,
        {
            f"IAM5[Resource::{_as_reported(resource)}]": because
            for resource, because in zip(resources, reasons.values(), strict=True)
        },
    )


def _acknowledge(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    # With the pack in front: a bare id would silence the finding without listing it anywhere.
    Validations.of(construct).acknowledge(
        *(
            Acknowledgment(id=f"{PACK}::{PACK}-{finding}", reason=because)
            for finding, because in reasons.items()
        )
    )


def _as_reported(value: Any) -> str:
    """Write a resolved value as findings do: a reference by its name, between ``<`` and ``>``."""
    match value:
        case str():
            return value
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(_as_reported(part) for part in parts)
        case _:
            return json.dumps(value, separators=(",", ":"))
