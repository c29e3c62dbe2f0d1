"""Who gets the production traffic: the two target groups and their shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slipway.release.aws import Aws
from slipway.release.errors import aws_errors
from slipway.release.observation import View
from slipway.release.target import Target


@dataclass(frozen=True, kw_only=True)
class TargetGroup:
    """One of the service's two target groups, and what it has of the production traffic."""

    colour: str | None
    """``blue`` or ``green``, as alarms and dashboard call it for good; nothing where the stack
    doesn't say it."""
    name: str
    """Its name in AWS."""
    arn: str
    traffic_percent: float
    """Its share of production traffic."""
    is_live: bool
    """Whether the live task set is in it."""
    in_release: str | None
    """What the running deployment calls it: ``blue``, which it replaces, or ``green``, which it
    releases."""


def production_traffic(
    aws: Aws, target: Target, primary: Mapping[str, Any] | None, running: View | None = None
) -> tuple[TargetGroup, ...]:
    """Say what each target group gets of the production traffic, blue first.

    The rule is found through the deployment group: the one on its production listener that
    forwards to its target groups. Empty when there is none.

    Parameters
    ----------
    primary
        The primary task set as ECS describes it.
    running
        The deployment that runs.

    Raises
    ------
    AwsError
        When AWS refuses or can't be reached.
    """
    weights = _production_weights(aws, target)
    total = sum(weights.values()) or 1
    colours = {name: colour for colour, name in target.target_groups.items()}
    live = {each.get("targetGroupArn") for each in (primary or {}).get("loadBalancers", [])}
    both = {"blue": running.blue, "green": running.green} if running else {}
    sides = {side.target_group: role for role, side in both.items() if side}
    found = [
        TargetGroup(
            colour=colours.get(_name(arn)),
            name=_name(arn),
            arn=arn,
            traffic_percent=100 * weight / total,
            is_live=arn in live,
            in_release=sides.get(_name(arn)),
        )
        for arn, weight in weights.items()
    ]
    return tuple(sorted(found, key=lambda each: each.colour or each.name))


def target_group_pair(aws: Aws, target: Target) -> dict[str, Any]:
    """Ask CodeDeploy for the two target groups and the routes to them; botocore's errors pass.

    See https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_TargetGroupPairInfo.html
    """
    group = aws.codedeploy.get_deployment_group(
        applicationName=target.application, deploymentGroupName=target.deployment_group
    )["deploymentGroupInfo"]
    return dict(group["loadBalancerInfo"]["targetGroupPairInfoList"][0])


def _production_weights(aws: Aws, target: Target) -> dict[str, int]:
    with aws_errors(f"read the production traffic rule of {target.service}"):
        pair = target_group_pair(aws, target)
        names = {target_group["name"] for target_group in pair["targetGroups"]}
        for listener in pair["prodTrafficRoute"]["listenerArns"]:
            for rule in aws.elbv2.describe_rules(ListenerArn=listener)["Rules"]:
                weights = _forward_weights(rule)
                if names & {_name(arn) for arn in weights}:
                    return weights
    return {}


def _forward_weights(rule: Mapping[str, Any]) -> dict[str, int]:
    return {
        group["TargetGroupArn"]: group.get("Weight", 1)
        for action in rule.get("Actions", [])
        for group in action.get("ForwardConfig", {}).get("TargetGroups", [])
    }


def _name(arn: str) -> str:
    return arn.split("/")[-2]  # ...:targetgroup/<name>/<id>
