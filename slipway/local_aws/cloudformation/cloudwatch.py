"""``AWS::CloudWatch::CompositeAlarm``."""

from __future__ import annotations

import uuid

from slipway.local_aws.cloudformation.handlers import Created, Properties, answer_json, register
from slipway.local_aws.machine import Machine


def install(machine: Machine) -> None:
    """Register the type."""
    register(
        "AWS::CloudWatch::CompositeAlarm",
        create=lambda logical_id, new, stack: _put(
            new.get("AlarmName") or f"{stack}-{logical_id}-{uuid.uuid4().hex[:12]}", new
        ),
        # Another name is another alarm; without one it keeps the name that it got.
        update=lambda physical_id, old, new, stack: _put(new.get("AlarmName") or physical_id, new),
        delete=_delete,
        tagged=True,
    )


def _put(name: str, properties: Properties) -> Created:
    from ministack.services import cloudwatch

    request: Properties = {
        **properties,
        "AlarmName": name,
        "ActionsEnabled": str(properties.get("ActionsEnabled", True)).lower() == "true",
        # The API refuses the tags that CloudFormation adds.
        "Tags": [tag for tag in properties.get("Tags", []) if not tag["Key"].startswith("aws:")],
    }
    answer_json(cloudwatch._put_composite_alarm({}, request, False, True))
    return name, {"Arn": cloudwatch._composite_alarms[name]["AlarmArn"]}


def _delete(physical_id: str, properties: Properties) -> None:
    from ministack.services import cloudwatch

    answer_json(cloudwatch._delete_alarms({}, {"AlarmNames": [physical_id]}, False, True))
