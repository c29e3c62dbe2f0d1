"""Registering and deregistering targets, and describing their health."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from slipway.local_aws.load_balancer.routing import Record
from slipway.local_aws.load_balancer.targets import TargetGroup

Response = tuple[int, dict[str, str], bytes]
Operation = Callable[[Record], Response]


def register_targets(alb: Any) -> Operation:
    """Make the operation that registers targets by address and port, not by address alone."""

    def register(params: Record) -> Response:
        arn = alb._p(params, "TargetGroupArn")
        if arn not in alb._tgs:
            return _no_such_group(alb, arn)
        registered = alb._targets.setdefault(arn, [])
        known = {_key(target, alb._tgs[arn]) for target in registered}
        for target in alb._parse_targets_param(params):
            if _key(target, alb._tgs[arn]) not in known:
                registered.append(target)
        return alb._empty("RegisterTargets")  # type: ignore[no-any-return]

    return register


def deregister_targets(alb: Any) -> Operation:
    """Make the operation that deregisters a target, on one port or on all."""

    def deregister(params: Record) -> Response:
        arn = alb._p(params, "TargetGroupArn")
        if arn not in alb._tgs:
            return _no_such_group(alb, arn)
        named = alb._parse_targets_param(params)
        exact = {(target["Id"], target["Port"]) for target in named if "Port" in target}
        every_port = {target["Id"] for target in named if "Port" not in target}
        alb._targets[arn] = [
            target
            for target in alb._targets.get(arn, [])
            if _key(target, alb._tgs[arn]) not in exact and target["Id"] not in every_port
        ]
        return alb._empty("DeregisterTargets")  # type: ignore[no-any-return]

    return deregister


def describe_target_health(alb: Any, target_groups: Mapping[str, TargetGroup]) -> Operation:
    """Make the operation that shows what the health checks found."""

    def describe(params: Record) -> Response:
        arn = alb._p(params, "TargetGroupArn")
        if arn not in alb._tgs:
            return _no_such_group(alb, arn)
        group = target_groups[arn]
        asked = [_key(target, alb._tgs[arn]) for target in alb._parse_targets_param(params)]
        shown = {(target.id, target.port) for target in group.current()}
        members = "".join(_health_xml(group, key) for key in (asked or sorted(shown)))
        return alb._xml(  # type: ignore[no-any-return]
            200,
            "DescribeTargetHealth",
            f"<TargetHealthDescriptions>{members}</TargetHealthDescriptions>",
        )

    return describe


def _health_xml(group: TargetGroup, key: tuple[str, int]) -> str:
    target = group.targets.get(key)
    if target is None:
        state, reason, description = "unused", "Target.NotRegistered", "Target is not registered"
    else:
        state, reason, description = group.health_of(target)
    why = f"<Reason>{reason}</Reason><Description>{description}</Description>" if reason else ""
    return (
        f"<member><Target><Id>{key[0]}</Id><Port>{key[1]}</Port>"
        f"<AvailabilityZone>all</AvailabilityZone></Target>"
        f"<HealthCheckPort>{group.check.port or key[1]}</HealthCheckPort>"
        f"<TargetHealth><State>{state}</State>{why}</TargetHealth></member>"
    )


def _key(target: Record, group: Record) -> tuple[str, int]:
    return target["Id"], int(target.get("Port") or group["Port"])


def _no_such_group(alb: Any, arn: str) -> Response:
    return alb._error(  # type: ignore[no-any-return]
        "TargetGroupNotFound", f"Target group '{arn}' not found."
    )
