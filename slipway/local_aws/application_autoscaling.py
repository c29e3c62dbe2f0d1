"""Application Auto Scaling: targets, policies and schedules are remembered, nothing scales.

A rehearsal wants to know that scaling is set up and suspended as it should be; a load that would
make a service grow is no part of it.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ministack import app
from ministack.core import router
from ministack.core.responses import get_account_id, get_region

from slipway.local_aws.json_api import ApiError, Request, Response, respond
from slipway.local_aws.machine import Machine

Key = tuple[str, str, str]

_IDENTITY = ("ServiceNamespace", "ResourceId", "ScalableDimension")
_NOTHING_SUSPENDED = {
    "DynamicScalingInSuspended": False,
    "DynamicScalingOutSuspended": False,
    "ScheduledScalingSuspended": False,
}


class AutoScalingError(ApiError):
    """A request that Application Auto Scaling refuses."""


@dataclass
class ApplicationAutoScaling:
    """The scalable targets, scaling policies and schedules of one account in one region."""

    account: str
    region: str
    targets: dict[Key, dict[str, Any]] = field(default_factory=dict)
    policies: dict[tuple[Key, str], dict[str, Any]] = field(default_factory=dict)
    schedule: dict[tuple[Key, str], dict[str, Any]] = field(default_factory=dict)

    def register_scalable_target(self, request: Request) -> dict[str, Any]:
        """Create a target, or change what the request names."""
        key = _key(request)
        known = self.targets.get(key)
        if known is None and not {"MinCapacity", "MaxCapacity"} <= set(request):
            raise AutoScalingError(
                "ValidationException", "MinCapacity and MaxCapacity are required for a new target"
            )
        suspended = {
            **(known["SuspendedState"] if known else _NOTHING_SUSPENDED),
            **(request.get("SuspendedState") or {}),
        }
        arn = known["ScalableTargetARN"] if known else self._arn("scalable-target", uuid.uuid4())
        target = {
            "CreationTime": time.time(),
            "RoleARN": f"arn:aws:iam::{self.account}:role/aws-service-role/"
            "ecs.application-autoscaling.amazonaws.com/"
            "AWSServiceRoleForApplicationAutoScaling_ECSService",
            **(known or {}),
            **{name: value for name, value in request.items() if name != "Tags"},
            "SuspendedState": suspended,
            "ScalableTargetARN": arn,
        }
        if target["MinCapacity"] > target["MaxCapacity"]:
            raise AutoScalingError(
                "ValidationException", "MaxCapacity cannot be less than MinCapacity"
            )
        self.targets[key] = target
        return {"ScalableTargetARN": arn}

    def deregister_scalable_target(self, request: Request) -> dict[str, Any]:
        """Delete a target with its policies and its schedule."""
        key = self._require_target(request)
        del self.targets[key]
        for known in (self.policies, self.schedule):
            for name in [name for name in known if name[0] == key]:
                del known[name]
        return {}

    def describe_scalable_targets(self, request: Request) -> dict[str, Any]:
        """Describe targets of a namespace."""
        wanted = request.get("ResourceIds")
        found = [
            target
            for target in self.targets.values()
            if _matches(target, request) and (not wanted or target["ResourceId"] in wanted)
        ]
        return {"ScalableTargets": found}

    def put_scaling_policy(self, request: Request) -> dict[str, Any]:
        """Create or replace a policy; no alarms are made for it."""
        key = self._require_target(request)
        name = request["PolicyName"]
        known = self.policies.get((key, name), {})
        arn = known.get("PolicyARN") or self._arn(
            "scalingPolicy", f"{uuid.uuid4()}:resource/{key[0]}/{key[1]}:policyName/{name}"
        )
        policy = {
            "PolicyType": "StepScaling",
            **request,
            "PolicyARN": arn,
            "Alarms": [],
            "CreationTime": known.get("CreationTime", time.time()),
        }
        self.policies[key, name] = policy
        return {"PolicyARN": arn, "Alarms": []}

    def delete_scaling_policy(self, request: Request) -> dict[str, Any]:
        """Delete a policy."""
        name = (_key(request), request["PolicyName"])
        if name not in self.policies:
            raise AutoScalingError(
                "ObjectNotFoundException", f"No scaling policy found for name {name[1]}"
            )
        del self.policies[name]
        return {}

    def describe_scaling_policies(self, request: Request) -> dict[str, Any]:
        """Describe policies of a namespace."""
        wanted = request.get("PolicyNames")
        found = [
            policy
            for policy in self.policies.values()
            if _matches(policy, request) and (not wanted or policy["PolicyName"] in wanted)
        ]
        return {"ScalingPolicies": found}

    def put_scheduled_action(self, request: Request) -> dict[str, Any]:
        """Create or change an action; what the request doesn't name stays."""
        key = self._require_target(request)
        name = request["ScheduledActionName"]
        known = self.schedule.get((key, name), {})
        self.schedule[key, name] = {
            "Timezone": "UTC",
            "CreationTime": time.time(),
            "ScheduledActionARN": self._arn(
                "scheduledAction",
                f"{uuid.uuid4()}:resource/{key[0]}/{key[1]}:scheduledActionName/{name}",
            ),
            **known,
            **request,
        }
        return {}

    def delete_scheduled_action(self, request: Request) -> dict[str, Any]:
        """Delete an action."""
        name = (_key(request), request["ScheduledActionName"])
        if name not in self.schedule:
            raise AutoScalingError(
                "ObjectNotFoundException", f"No scheduled action found for name {name[1]}"
            )
        del self.schedule[name]
        return {}

    def describe_scheduled_actions(self, request: Request) -> dict[str, Any]:
        """Describe actions of a namespace."""
        wanted = request.get("ScheduledActionNames")
        found = [
            action
            for action in self.schedule.values()
            if _matches(action, request) and (not wanted or action["ScheduledActionName"] in wanted)
        ]
        return {"ScheduledActions": found}

    def _require_target(self, request: Request) -> Key:
        key = _key(request)
        if key not in self.targets:
            raise AutoScalingError(
                "ObjectNotFoundException",
                f"No scalable target registered for service namespace: {key[0]}, "
                f"resource ID: {key[1]}, scalable dimension: {key[2]}",
            )
        return key

    def _arn(self, kind: str, name: object) -> str:
        of_a_target = kind in {"scalingPolicy", "scheduledAction"}
        service = "autoscaling" if of_a_target else "application-autoscaling"
        separator = ":" if of_a_target else "/"
        return f"arn:aws:{service}:{self.region}:{self.account}:{kind}{separator}{name}"


_scopes: dict[tuple[str, str], ApplicationAutoScaling] = {}

_OPERATIONS: dict[str, Callable[[ApplicationAutoScaling, Request], dict[str, Any]]] = {
    "RegisterScalableTarget": ApplicationAutoScaling.register_scalable_target,
    "DeregisterScalableTarget": ApplicationAutoScaling.deregister_scalable_target,
    "DescribeScalableTargets": ApplicationAutoScaling.describe_scalable_targets,
    "PutScalingPolicy": ApplicationAutoScaling.put_scaling_policy,
    "DeleteScalingPolicy": ApplicationAutoScaling.delete_scaling_policy,
    "DescribeScalingPolicies": ApplicationAutoScaling.describe_scaling_policies,
    "PutScheduledAction": ApplicationAutoScaling.put_scheduled_action,
    "DeleteScheduledAction": ApplicationAutoScaling.delete_scheduled_action,
    "DescribeScheduledActions": ApplicationAutoScaling.describe_scheduled_actions,
    "ListTagsForResource": lambda *_: {"Tags": {}},
}


def install(machine: Machine) -> None:
    """Answer the API, which MiniStack does not know."""
    name = "application-autoscaling"
    router.SERVICE_PATTERNS[name] = {"target_prefixes": ["AnyScaleFrontendService"]}
    app.SERVICE_HANDLERS[name] = _handle


def current() -> ApplicationAutoScaling:
    """Return the state for the account and region of the current request."""
    scope = (get_account_id(), get_region())
    return _scopes.setdefault(scope, ApplicationAutoScaling(*scope))


async def _handle(
    method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
) -> Response:
    return respond(headers, body, _call)


def _call(name: str, request: Request) -> dict[str, Any]:
    operation = _OPERATIONS.get(name)
    if operation is None:
        raise AutoScalingError(
            "ValidationException", "This operation is not carried out on this machine"
        )
    return operation(current(), request)


def _key(request: Request) -> Key:
    namespace, resource, dimension = (str(request[name]) for name in _IDENTITY)
    return namespace, resource, dimension


def _matches(item: dict[str, Any], request: Request) -> bool:
    return all(request.get(name) in (None, item[name]) for name in _IDENTITY)
