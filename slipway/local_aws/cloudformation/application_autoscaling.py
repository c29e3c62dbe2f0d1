"""``AWS::ApplicationAutoScaling``: ScalableTarget and ScalingPolicy."""

from __future__ import annotations

import contextlib
from typing import Any

from slipway.local_aws.application_autoscaling import AutoScalingError, current
from slipway.local_aws.cloudformation.handlers import Created, Properties, changed, register
from slipway.local_aws.machine import Machine

_IDENTITY = ("ServiceNamespace", "ResourceId", "ScalableDimension")
_TARGET_PROPERTIES = (*_IDENTITY, "MinCapacity", "MaxCapacity", "SuspendedState")
_POLICY_CONFIGURATIONS = (
    "TargetTrackingScalingPolicyConfiguration",
    "StepScalingPolicyConfiguration",
)


def install(machine: Machine) -> None:
    """Register the types."""
    register(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        create=lambda logical_id, new, stack: _put_target(new),
        # Ref holds the three properties that replace: another Ref is another target.
        update=lambda physical_id, old, new, stack: _put_target(new, old),
        delete=_delete_target,
    )
    register(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        create=lambda logical_id, new, stack: _put_policy(new),
        update=_update_policy,
        delete=_delete_policy,
    )


def _put_target(new: Properties, old: Properties | None = None) -> Created:
    request = {name: new[name] for name in _TARGET_PROPERTIES if name in new}
    for name in ("MinCapacity", "MaxCapacity"):
        request[name] = int(request[name])
    current().register_scalable_target(request)
    _put_schedule(new, old or {})
    return _target_id(new), {"Id": _target_id(new)}


def _put_schedule(new: Properties, old: Properties) -> None:
    """Bring the schedule to what the template says; actions that others made stay."""
    identity = {name: new[name] for name in _IDENTITY}
    wanted = {each["ScheduledActionName"]: each for each in new.get("ScheduledActions", ())}
    for each in old.get("ScheduledActions", ()):
        # One that is wanted again forgets what it was.
        with contextlib.suppress(AutoScalingError):
            current().delete_scheduled_action(
                {**identity, "ScheduledActionName": each["ScheduledActionName"]}
            )
    for each in wanted.values():
        current().put_scheduled_action({**identity, **_with_numbers(each)})


def _with_numbers(action: Properties) -> Properties:
    limits = action.get("ScalableTargetAction")
    if not limits:
        return action
    numbers = {name: int(value) for name, value in limits.items()}
    return {**action, "ScalableTargetAction": numbers}


def _delete_target(physical_id: str, old: Properties) -> None:
    with contextlib.suppress(AutoScalingError):
        current().deregister_scalable_target({name: old[name] for name in _IDENTITY})


def _put_policy(new: Properties) -> Created:
    request: dict[str, Any] = {
        **_identity_of_policy(new),
        "PolicyName": new["PolicyName"],
        "PolicyType": new["PolicyType"],
    }
    for name in _POLICY_CONFIGURATIONS:
        if name in new:
            request[name] = new[name]
    arn = current().put_scaling_policy(request)["PolicyARN"]
    return arn, {"Arn": arn, "PolicyName": new["PolicyName"]}


def _update_policy(physical_id: str, old: Properties, new: Properties, stack: str) -> Created:
    if changed(old, new, "PolicyName", "ScalingTargetId", *_IDENTITY):
        return _put_policy(new)
    return physical_id, _put_policy(new)[1]


def _delete_policy(physical_id: str, old: Properties) -> None:
    with contextlib.suppress(AutoScalingError):
        current().delete_scaling_policy(
            {**_identity_of_policy(old), "PolicyName": old["PolicyName"]}
        )


def _target_id(properties: Properties) -> str:
    return "|".join(
        str(properties[name]) for name in ("ResourceId", "ScalableDimension", "ServiceNamespace")
    )


def _identity_of_policy(properties: Properties) -> dict[str, str]:
    """Return the three names of a policy's target, which may hide in the target's Ref."""
    if "ScalingTargetId" not in properties:
        return {name: properties[name] for name in _IDENTITY}
    resource, dimension, namespace = properties["ScalingTargetId"].split("|")
    return {"ServiceNamespace": namespace, "ResourceId": resource, "ScalableDimension": dimension}
