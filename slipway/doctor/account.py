"""The checks of an account, and what becomes of those that AWS doesn't answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from botocore.exceptions import BotoCoreError, ClientError

from slipway.doctor.certificate import certificate, hosted_zone
from slipway.doctor.cluster import instance_types, trunking
from slipway.doctor.connection import connection
from slipway.doctor.finding import Finding, Verdict
from slipway.doctor.images import images, pushed_images, repositories
from slipway.doctor.patient import Patient
from slipway.doctor.quotas import quotas
from slipway.doctor.roles import service_linked_roles
from slipway.doctor.stacks import stacks
from slipway.doctor.toolkit import toolkit
from slipway.release.errors import (
    NOT_ALLOWED,
    CredentialsError,
    UnreachableError,
    aws_error,
    code,
)

Check = Callable[[Patient], Iterator[Finding]]

ACCOUNT_CHECKS: dict[str, Check] = {
    "CDK bootstrap": toolkit,
    "stacks": stacks,
    "service-linked roles": service_linked_roles,
    "quotas": quotas,
    "certificate": certificate,
    "hosted zone": hosted_zone,
    "instance types": instance_types,
    "interface trunking": trunking,
    "images": images,
}
"""Of an environment's account, by what they look at."""

TOOLING_CHECKS: dict[str, Check] = {
    "CDK bootstrap": toolkit,
    "repositories": repositories,
    "images": pushed_images,
    "connection": connection,
}
"""Of the tooling account."""

REHEARSED = ("CDK bootstrap", "stacks", "images")
"""What the AWS of a rehearsal can be asked; the rest is Amazon's own."""


def look(patient: Patient, checks: Iterable[tuple[str, Check]]) -> Iterator[Finding]:
    """Carry out checks, one after the other; what AWS doesn't answer is told with the reason."""
    for name, check in checks:
        try:
            yield from check(patient)
        except (ClientError, BotoCoreError) as error:
            yield _unanswered(name, error)


def _unanswered(check: str, error: ClientError | BotoCoreError) -> Finding:
    says, how = str(error), ""
    if isinstance(error, ClientError):
        says = str(error.response["Error"].get("Message") or code(error))
        if code(error) in NOT_ALLOWED:
            how = f"use a role that may call {error.operation_name}"
    kind = aws_error(f"look at {check}", error)
    verdict = Verdict.UNKNOWN
    if isinstance(kind, CredentialsError):
        verdict = Verdict.NOT_ALLOWED
    elif isinstance(kind, UnreachableError):
        # A service that the region doesn't have, too: its endpoint has no address.
        verdict = Verdict.NO_ANSWER
    return Finding(
        check=check, verdict=verdict, says=" ".join(says.split()).rstrip("."), mend=how, page=""
    )
