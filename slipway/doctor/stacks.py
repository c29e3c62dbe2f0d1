"""The stacks of the environment, and whether CloudFormation can change them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slipway.doctor.finding import Finding, mend, ok
from slipway.doctor.patient import Patient

_PAGE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html"
_STUCK = {
    "UPDATE_ROLLBACK_FAILED": "docs/runbooks/stack-rollback-failed.md",
    "ROLLBACK_COMPLETE": "the next deployment makes it anew, unless it is protected",
    "ROLLBACK_FAILED": "aws cloudformation delete-stack --stack-name {}",
    "DELETE_FAILED": "aws cloudformation delete-stack --stack-name {}",
    "CREATE_FAILED": "aws cloudformation delete-stack --stack-name {}",
}


def stacks(patient: Patient) -> Iterator[Finding]:
    """Look for stacks that somebody has to help first."""
    found = list(_of(patient.client("cloudformation"), _prefixes(patient)))
    stuck = [each for each in found if each["StackStatus"] in _STUCK]
    for stack in stuck:
        name, status = stack["StackName"], stack["StackStatus"]
        yield mend(f"stack {name}", f"is {status}", _STUCK[status].format(name), _PAGE)
    if not stuck:
        says = f"{len(found)} are there, none is stuck" if found else "none is deployed yet"
        yield ok("stacks", says, _PAGE)


def _prefixes(patient: Patient) -> tuple[str, tuple[str, ...]]:
    """Return what names of the environment's stacks begin with, and what no such name does.

    Those of ``prod-us`` begin like those of ``prod``.
    """
    settings = patient.settings
    own = f"{settings.names(patient.wanted.name).prefix}-"
    others = (f"{settings.names(name).prefix}-" for name in settings.environments)
    return own, tuple(each for each in others if each != own and each.startswith(own))


def _of(cloudformation: Any, prefixes: tuple[str, tuple[str, ...]]) -> Iterator[Any]:
    own, others = prefixes
    for page in cloudformation.get_paginator("describe_stacks").paginate():
        for stack in page["Stacks"]:
            name = stack["StackName"]
            if name.startswith(own) and not name.startswith(others):
                yield stack
