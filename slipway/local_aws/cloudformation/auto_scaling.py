"""``AWS::AutoScaling``: what MiniStack loses, and a deletion that can fail."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import autoscaling
from ministack.services.cloudformation import provisioners, stacks

from slipway.local_aws.capacity import Capacity, capacity
from slipway.local_aws.capacity.group import Group
from slipway.local_aws.capacity.instance_types import UnknownInstanceTypeError
from slipway.local_aws.capacity.schedule import require_readable
from slipway.local_aws.clock import Clock
from slipway.local_aws.cloudformation.handlers import Created, Properties
from slipway.local_aws.machine import Machine

_TYPE = "AWS::AutoScaling::AutoScalingGroup"
_SCHEDULED_ACTION = "AWS::AutoScaling::ScheduledAction"
# How long CloudFormation waits for a group to lose its instances.
_PATIENCE = timedelta(hours=1)
# Tasks need real time to end.
_LEAST_PATIENCE_SECONDS = 30.0
_INTERVAL_SECONDS = 0.05


def install(machine: Machine) -> None:
    """Wrap the resource type; a deletion waits, so it runs off the event loop."""
    handlers = provisioners._RESOURCE_HANDLERS[_TYPE]
    runs_on_worker_thread = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda name: name == _TYPE or runs_on_worker_thread(name)
    provisioners._RESOURCE_HANDLERS[_TYPE] = {
        **handlers,
        "create": _creating(handlers["create"], capacity(machine)),
        "update": _updating(handlers["update"], capacity(machine)),
        "delete": _deleting(handlers["delete"], capacity(machine), machine.clock),
    }
    schedule = provisioners._RESOURCE_HANDLERS[_SCHEDULED_ACTION]
    provisioners._RESOURCE_HANDLERS[_SCHEDULED_ACTION] = {
        **schedule,
        "create": _scheduling(schedule["create"], at=1),
        "update": _scheduling(schedule["update"], at=2),
    }


def _scheduling(handle: Callable[..., Created], *, at: int) -> Callable[..., Created]:
    """Refuse a schedule that could not be kept; ``at`` is the place of the properties."""

    @functools.wraps(handle)
    def put_action(*arguments: Any, **options: Any) -> Created:
        require_readable(arguments[at])
        return handle(*arguments, **options)

    return put_action


def _creating(create: Callable[..., Created], capacity: Capacity) -> Callable[..., Created]:
    def create_group(logical_id: str, properties: Properties, stack_name: str) -> Created:
        # The record is complete before anything can be started from it.
        with capacity.paused():
            name, attributes = create(logical_id, properties, stack_name)
            try:
                _complete(name, properties)
            except UnknownInstanceTypeError as error:
                autoscaling._asgs.pop(name, None)
                raise ValueError(str(error)) from error
        capacity.wake()
        return name, attributes

    return create_group


def _updating(update: Callable[..., Created], capacity: Capacity) -> Callable[..., Created]:
    def update_group(name: str, old: Properties, new: Properties, *rest: Any) -> Created:
        with capacity.paused():
            before = autoscaling._asgs.get(name, {}).get("DesiredCapacity", 0)
            physical_id, attributes = update(name, old, new, *rest)
            # The desired capacity belongs to managed scaling unless the template sets it.
            if physical_id == name and "DesiredCapacity" not in new:
                autoscaling._asgs[name]["DesiredCapacity"] = before
            _complete(physical_id, new)
        capacity.wake()
        return physical_id, attributes

    return update_group


def _deleting(delete: Callable[..., None], capacity: Capacity, clock: Clock) -> Callable[..., None]:
    def delete_group(name: str, properties: Properties) -> None:
        """Scale a group to nothing, wait for its last instance, then let it go.

        Instances that are protected from scale-in stay, and so does the group
        (aws-cdk#18179, aws-cdk#19275).
        """
        record = autoscaling._asgs.get(name)
        if record is None:
            return
        key = (get_account_id(), get_region(), name)
        record.update(MinSize=0, MaxSize=0, DesiredCapacity=0)
        capacity.wake()
        deadline = time.monotonic() + max(clock.wall(_PATIENCE), _LEAST_PATIENCE_SECONDS)
        while left := capacity.members(key):
            if time.monotonic() > deadline:
                protected = [item.id for item in left if item.is_protected]
                cause = (
                    "Could not scale to desired capacity because all remaining instances are "
                    f"protected from scale-in: {', '.join(protected)}"
                    if protected
                    else "Tasks are left on " + ", ".join(item.id for item in left)
                )
                raise RuntimeError(
                    "Group did not stabilize. {current/minSize/maxSize} group size = "
                    f"{{{len(left)}/0/0}}. Failed Scaling Activity: {cause}"
                )
            time.sleep(_INTERVAL_SECONDS)
        delete(name, properties)

    return delete_group


def _complete(name: str, properties: Properties) -> None:
    """Keep what MiniStack's record lacks: the mix of instances, and the subnets' zones."""
    record = autoscaling._asgs[name]
    record["MixedInstancesPolicy"] = properties.get("MixedInstancesPolicy") or {}
    group = Group(record)
    group.note_zones()
    group.next_type()  # one that isn't known fails now, not when tasks wait for it
