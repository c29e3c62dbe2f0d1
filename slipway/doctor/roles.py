"""The roles that services of AWS act with; some of them nobody makes in time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from slipway.doctor.finding import Finding, mend, ok
from slipway.doctor.patient import Patient

_PAGE = (
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles.html"
)


@dataclass(frozen=True, kw_only=True)
class Role:
    """A service-linked role."""

    of: str
    """What acts with it."""
    name: str
    service: str
    made_by: str = ""
    """What makes it without us, in time; empty where nobody does."""


_ECS = Role(of="ECS", name="AWSServiceRoleForECS", service="ecs.amazonaws.com")
_SPOT = Role(of="EC2 Spot", name="AWSServiceRoleForEC2Spot", service="spot.amazonaws.com")
_OTHERS = (
    Role(
        of="load balancing",
        name="AWSServiceRoleForElasticLoadBalancing",
        service="elasticloadbalancing.amazonaws.com",
        made_by="the first load balancer",
    ),
    Role(
        of="Auto Scaling",
        name="AWSServiceRoleForAutoScaling",
        service="autoscaling.amazonaws.com",
        made_by="the first Auto Scaling group",
    ),
    Role(
        of="task scaling",
        name="AWSServiceRoleForApplicationAutoScaling_ECSService",
        service="ecs.application-autoscaling.amazonaws.com",
        made_by="the first scalable target",
    ),
)


def service_linked_roles(patient: Patient) -> Iterator[Finding]:
    """Look for each role that the environment needs.

    ECS makes its own with the first cluster and often uses it too early
    (aws-cloudformation/cloudformation-coverage-roadmap#818); Auto Scaling needs Spot's beforehand.
    """
    iam = patient.client("iam")
    spot = (_SPOT,) if patient.wanted.capacity.ec2.spot_percent else ()
    for role in (_ECS, *spot, *_OTHERS):
        check = f"role of {role.of}"
        try:
            iam.get_role(RoleName=role.name)
        except iam.exceptions.NoSuchEntityException:
            how = f"aws iam create-service-linked-role --aws-service-name {role.service}"
            if role.made_by:
                yield ok(check, f"{role.name} will be made by {role.made_by}", _PAGE)
            else:
                yield mend(
                    check, f"{role.name} is not there, and nobody makes it in time", how, _PAGE
                )
        else:
            yield ok(check, f"{role.name} is there", _PAGE)
