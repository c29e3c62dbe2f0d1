"""What the environment may come to use, against what the account may use."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from slipway.doctor.finding import Finding, mend, ok
from slipway.doctor.patient import Patient

_PAGE = "https://docs.aws.amazon.com/servicequotas/latest/userguide/intro.html"
_CPU_UNITS = 1024


@dataclass(frozen=True, kw_only=True)
class Quota:
    """A quota of an account in a region."""

    what: str
    service: str
    code: str
    needed: Callable[[Patient], float]
    """What the environment may come to use, blue and green together."""
    used: Callable[[Patient], int] | None = None
    """What is used now, by whomever; None where only CloudWatch knows."""


def quotas(patient: Patient) -> Iterator[Finding]:
    """Compare each quota with what the settings may come to need.

    Where it is known what is used now, and the environment has no network yet, both have to fit.
    See https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html
    """
    client = patient.client("service-quotas")
    is_new = not _has_network(patient)
    for quota in _QUOTAS:
        needed = math.ceil(quota.needed(patient))
        if not needed:
            continue
        limit = _limit(client, quota)
        used = quota.used(patient) if quota.used else 0
        # What is there already is counted among what is used.
        total = used + needed if is_new else max(used, needed)
        says = f"{needed} needed" + (f", {used} used" if quota.used else "")
        says += f", {limit:g} allowed"
        check = f"quota of {quota.what}"
        if total > limit:
            yield mend(
                check,
                says,
                f"aws service-quotas request-service-quota-increase --region {patient.region} "
                f"--service-code {quota.service} --quota-code {quota.code} "
                f"--desired-value {total}",
                _PAGE,
            )
        else:
            yield ok(check, says, _PAGE)


def _limit(client: Any, quota: Quota) -> float:
    """Read what the account was given; what it never asked for is the default."""
    request = {"ServiceCode": quota.service, "QuotaCode": quota.code}
    try:
        return float(client.get_service_quota(**request)["Quota"]["Value"])
    except client.exceptions.NoSuchResourceException:
        return float(client.get_aws_default_service_quota(**request)["Quota"]["Value"])


def _fargate(patient: Patient, *, spot: bool) -> float:
    """Count the vCPUs of all tasks that may run, twice: the two sides of every release."""
    services = patient.settings.services(patient.wanted.name).values()
    return sum(
        2 * service.scaling.max * service.cpu / _CPU_UNITS
        for service in services
        if (service.capacity.fargate_spot if spot else service.capacity.fargate)
    )


def _instances(patient: Patient, *, spot: bool) -> float:
    """Count the vCPUs of as many of the largest instances as there may be."""
    ec2 = patient.wanted.capacity.ec2
    largest = max(each.cpu for each in ec2.types) / _CPU_UNITS
    beyond = ec2.max - ec2.on_demand_base
    on_spot = math.ceil(beyond * ec2.spot_percent / 100)
    return (on_spot if spot else ec2.max - on_spot) * largest


def _addresses(patient: Patient) -> float:
    zones = len(patient.wanted.availability_zones)
    return {"none": 0, "single": 1, "per-zone": zones}[patient.wanted.network.nat]


def _load_balancers(patient: Patient) -> float:
    services = patient.settings.services(patient.wanted.name).values()
    shared = {each.load_balancer.shared for each in services}
    return len(shared - {None}) + sum(each.load_balancer.shared is None for each in services)


def _target_groups(patient: Patient) -> float:
    return 2 * len(patient.settings.services(patient.wanted.name))


def _count(service: str, operation: str, key: str) -> Callable[[Patient], int]:
    def count(patient: Patient) -> int:
        client = patient.client(service)
        if not client.can_paginate(operation):
            return len(getattr(client, operation)()[key])
        return sum(len(page[key]) for page in client.get_paginator(operation).paginate())

    return count


def _application_load_balancers(patient: Patient) -> int:
    pages = patient.client("elbv2").get_paginator("describe_load_balancers").paginate()
    return sum(each["Type"] == "application" for page in pages for each in page["LoadBalancers"])


def _has_network(patient: Patient) -> bool:
    cloudformation = patient.client("cloudformation")
    name = patient.settings.names(patient.wanted.name).stack("network")
    try:
        cloudformation.describe_stacks(StackName=name)
    except cloudformation.exceptions.ClientError as error:
        if "does not exist" not in str(error):
            raise
        return False
    return True


# The codes as Service Quotas lists them: aws service-quotas list-service-quotas.
# What a load balancer, a listener and an interface may hold, the settings count as they are read.
_QUOTAS = (
    Quota(
        what="Fargate vCPUs",
        service="fargate",
        code="L-3032A538",
        needed=lambda patient: _fargate(patient, spot=False),
    ),
    Quota(
        what="Fargate Spot vCPUs",
        service="fargate",
        code="L-36FBB829",
        needed=lambda patient: _fargate(patient, spot=True),
    ),
    Quota(
        what="EC2 vCPUs on demand",
        service="ec2",
        code="L-1216C47A",
        needed=lambda patient: _instances(patient, spot=False),
    ),
    Quota(
        what="EC2 Spot vCPUs",
        service="ec2",
        code="L-34B43A08",
        needed=lambda patient: _instances(patient, spot=True),
    ),
    Quota(
        what="elastic IP addresses",
        service="ec2",
        code="L-0263D0A3",
        needed=_addresses,
        used=_count("ec2", "describe_addresses", "Addresses"),
    ),
    Quota(
        what="VPCs",
        service="vpc",
        code="L-F678F1CE",
        needed=lambda _: 1,
        used=_count("ec2", "describe_vpcs", "Vpcs"),
    ),
    Quota(
        what="application load balancers",
        service="elasticloadbalancing",
        code="L-53DA6B97",
        needed=_load_balancers,
        used=_application_load_balancers,
    ),
    Quota(
        what="target groups",
        service="elasticloadbalancing",
        code="L-B22855CB",
        needed=_target_groups,
        used=_count("elbv2", "describe_target_groups", "TargetGroups"),
    ),
)
