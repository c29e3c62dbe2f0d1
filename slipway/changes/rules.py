"""What each property's change means: what the registry says, and what only pages of AWS say."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from slipway.changes.change import Effect
from slipway.changes.values import Difference

_REFERENCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"


class Documented(NamedTuple):
    """What a page of AWS says of a property, and the registry's schema does not."""

    type: str
    property: str
    effect: Effect
    note: str
    page: str


# Of the types that our templates hold, all that need "Some interruptions" and have such a property
# set; then what is replaced or refused though the registry doesn't say so. Read on 2026-11-21: all
# pages as they stood in December 2023, those of Auto Scaling and security groups as they stand now.
DOCUMENTED = (
    Documented(
        "AWS::AutoScaling::AutoScalingGroup",
        "VPCZoneIdentifier",
        Effect.INTERRUPT,
        "instances in other subnets are replaced",
        f"{_REFERENCE}/aws-resource-autoscaling-autoscalinggroup.html",
    ),
    Documented(
        "AWS::AutoScaling::AutoScalingGroup",
        "MixedInstancesPolicy",
        Effect.INTERRUPT,
        "instances are replaced until the shares are as wanted; others stay as they are",
        f"{_REFERENCE}/aws-resource-autoscaling-autoscalinggroup.html",
    ),
    Documented(
        "AWS::EC2::SecurityGroup",
        "SecurityGroupIngress",
        Effect.INTERRUPT,
        "a rule that changes is taken away before the new one is there",
        f"{_REFERENCE}/aws-resource-ec2-securitygroup.html",
    ),
    Documented(
        "AWS::EC2::SecurityGroup",
        "SecurityGroupEgress",
        Effect.INTERRUPT,
        "a rule that changes is taken away before the new one is there",
        f"{_REFERENCE}/aws-resource-ec2-securitygroup.html",
    ),
    Documented(
        "AWS::EC2::EIP",
        "Domain",
        Effect.REPLACE,
        "the address changes",
        f"{_REFERENCE}/aws-resource-ec2-eip.html",
    ),
    Documented(
        "AWS::Route53::RecordSet",
        "Name",
        Effect.REPLACE,
        "",
        f"{_REFERENCE}/aws-resource-route53-recordset.html",
    ),
    *(
        Documented(
            "AWS::KMS::Key",
            name,
            Effect.REFUSE,
            "no key can change this",
            f"{_REFERENCE}/aws-resource-kms-key.html",
        )
        for name in ("KeySpec", "KeyUsage", "MultiRegion", "Origin")
    ),
)

# What AWS takes no second one of, though it is called otherwise: DuplicateListener and, of
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html,
# InvalidSubnet.Conflict and RouteAlreadyExists.
_NAMES = {
    "AWS::ElasticLoadBalancingV2::Listener": ("LoadBalancerArn", "Port"),
    "AWS::EC2::Subnet": ("VpcId", "CidrBlock"),
    "AWS::EC2::Route": ("RouteTableId", "DestinationCidrBlock"),
}

# Attributes of a resource that are not its properties, and reach it all the same.
ATTRIBUTES = ("DependsOn", "DeletionPolicy", "UpdateReplacePolicy", "UpdatePolicy")


@dataclass(frozen=True)
class Meaning:
    """What a difference leads to, and a clause that says why, where there is one."""

    effect: Effect
    note: str = ""


# docs/decisions/0003-frozen-service.md
_FROZEN = Meaning(Effect.REFUSE, "CodeDeploy owns the service, and no stack can change it")


def meaning(resource: Mapping[str, Any], difference: Difference) -> Meaning:
    """Say what CloudFormation does when a property of a resource differs.

    Parameters
    ----------
    resource
        As the stack has it now.
    difference
        Where it comes to differ, below ``Properties``.
    """
    type_: str = resource["Type"]
    if _is_custom(type_):
        return _custom(difference)
    schema = _schemas().get(type_)
    if schema is None:
        return Meaning(
            Effect.MAY_REPLACE,
            f"{type_} is not known here: make snapshots looks it up",
        )
    property_ = str(difference)
    documented = _documented(resource, property_)
    if documented:
        return Meaning(documented.effect, documented.note)
    replaces = _match(schema.get("replaces", ()), property_)
    if replaces is not None:
        certain = difference.certain and replaces
        return Meaning(Effect.REPLACE if certain else Effect.MAY_REPLACE)
    if _is_released_by_codedeploy(resource):
        return _FROZEN
    if _match(schema.get("may_replace", ()), property_) is not None:
        return Meaning(Effect.MAY_REPLACE)
    return Meaning(Effect.UPDATE)


def attribute_meaning(resource: Mapping[str, Any]) -> Meaning:
    """Say what CloudFormation does when one of the `ATTRIBUTES` differs, and no property."""
    return _FROZEN if _is_released_by_codedeploy(resource) else Meaning(Effect.UPDATE)


def name_of(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties that name a resource, with which AWS takes no second one.

    Empty where AWS makes up the name.
    """
    type_ = resource["Type"]
    properties = resource.get("Properties", {})
    names = _NAMES.get(type_) or tuple(_schemas().get(type_, {}).get("name", ()))
    own = [each for each in names if each.endswith("Name")] or names
    if any(each not in properties for each in own):
        return {}
    return {each: properties.get(each) for each in names}


def _is_custom(type_: str) -> bool:
    return type_.startswith("Custom::") or type_ == "AWS::CloudFormation::CustomResource"


def _is_released_by_codedeploy(resource: Mapping[str, Any]) -> bool:
    controller = resource.get("Properties", {}).get("DeploymentController", {})
    is_service: bool = resource["Type"] == "AWS::ECS::Service"
    return is_service and controller.get("Type") == "CODE_DEPLOY"


def _custom(difference: Difference) -> Meaning:
    if difference.path[:1] == ("ServiceToken",):
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html
        # The refusal is not on that page: aws-cloudformation/cloudformation-coverage-roadmap#802.
        note = "no custom resource can change its function"
        return Meaning(Effect.REFUSE if difference.certain else Effect.MAY_REPLACE, note)
    return Meaning(Effect.UPDATE, "its function decides")


def _documented(resource: Mapping[str, Any], property_: str) -> Documented | None:
    replacing = resource.get("UpdatePolicy", {}).get("AutoScalingReplacingUpdate", {})
    if replacing.get("WillReplace"):
        return None
    rows = (row for row in DOCUMENTED if row.type == resource["Type"])
    return next((row for row in rows if _match((row.property,), property_)), None)


def _match(rules: Sequence[str], property_: str) -> bool | None:
    """Tell whether a rule is about a property.

    True where the property is the rule's or lies below it, False where it lies above and may hold
    the rule's, None where no rule is about it.
    """
    if any(f"{property_}.".startswith(f"{rule}.") for rule in rules):
        return True
    return False if any(rule.startswith(f"{property_}.") for rule in rules) else None


@cache
def _schemas() -> dict[str, dict[str, list[str]]]:
    schemas: dict[str, dict[str, list[str]]] = json.loads(
        Path(__file__).with_name("create_only.json").read_text(encoding="utf-8")
    )
    return schemas
