"""The Auto Scaling API where MiniStack's groups only pretend to hold instances."""

from __future__ import annotations

from typing import Any

from ministack.services import autoscaling

from slipway.local_aws.capacity.engine import Capacity
from slipway.local_aws.capacity.group import Group
from slipway.local_aws.capacity.schedule import UnreadableScheduleError, require_readable

Response = tuple[int, dict[str, str], bytes]
Request = dict[str, Any]

_TIMES = ("Recurrence", "TimeZone", "StartTime", "EndTime")


def take_over(capacity: Capacity) -> None:
    """Have real instances follow every change of a group."""
    create = autoscaling._create_asg
    describe_member, delete = autoscaling._instance_member_xml, autoscaling._delete_asg
    put_action = autoscaling._put_scheduled_action

    def describe(member: dict[str, Any], *args: Any, **options: Any) -> str:
        type_ = f"<InstanceType>{member.get('InstanceType', '')}</InstanceType>"
        return str(describe_member(member, *args, **options)).replace(
            "<member>", f"<member>{type_}", 1
        )

    def create_group(request: Request) -> Response:
        with capacity.paused():
            response: Response = create(request)
            record = autoscaling._asgs.get(autoscaling._p(request, "AutoScalingGroupName"))
            if response[0] < 400 and record is not None:
                policy = autoscaling._parse_nested(request, "MixedInstancesPolicy")
                record["MixedInstancesPolicy"] = policy
                Group(record).note_zones()
        return response

    def delete_group(request: Request) -> Response:
        name = autoscaling._p(request, "AutoScalingGroupName")
        record = autoscaling._asgs.get(name)
        forced = str(autoscaling._p(request, "ForceDelete")).lower() == "true"
        if record and record["Instances"] and not forced:
            return _refusal(
                "ResourceInUse",
                "You cannot delete an AutoScalingGroup while there are instances or pending Spot "
                "instance request(s) still in the group.",
            )
        response: Response = delete(request)
        capacity.wake()
        return response

    def set_protection(request: Request) -> Response:
        record = autoscaling._asgs.get(autoscaling._p(request, "AutoScalingGroupName"))
        if record is None:
            return _refusal("ValidationError", "AutoScalingGroup name not found")
        wanted = autoscaling._parse_member_list(request, "InstanceIds")
        protected = str(autoscaling._p(request, "ProtectedFromScaleIn")).lower() == "true"
        for member in record["Instances"]:
            if member["InstanceId"] in wanted:
                member["ProtectedFromScaleIn"] = protected
        capacity.wake()
        response: Response = autoscaling._xml(
            200, "SetInstanceProtectionResponse", "<SetInstanceProtectionResult/>"
        )
        return response

    def put_scheduled_action(request: Request) -> Response:
        try:
            require_readable({name: autoscaling._p(request, name) for name in _TIMES})
        except UnreadableScheduleError as error:
            return _refusal("ValidationError", str(error))
        response: Response = put_action(request)
        return response

    autoscaling._instance_member_xml = describe
    autoscaling._reconcile_instances = lambda _: capacity.wake()
    autoscaling._delete_asg = delete_group
    autoscaling._ACTION_MAP["CreateAutoScalingGroup"] = create_group
    autoscaling._ACTION_MAP["DeleteAutoScalingGroup"] = delete_group
    autoscaling._ACTION_MAP["PutScheduledUpdateGroupAction"] = put_scheduled_action
    autoscaling._ACTION_MAP["SetInstanceProtection"] = set_protection


def _refusal(code: str, message: str) -> Response:
    response: Response = autoscaling._error(code, message)
    return response
