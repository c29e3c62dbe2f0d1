"""A scalable target's schedule is what its template says, and what others added stays."""

import pytest
from ministack.core.responses import set_request_account_id, set_request_region

from slipway.local_aws.application_autoscaling import current
from slipway.local_aws.cloudformation.application_autoscaling import _put_target

IDENTITY = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/cluster/web",
    "ScalableDimension": "ecs:service:DesiredCount",
}


def target(*names: str) -> dict:
    actions = [
        {
            "ScheduledActionName": name,
            "Schedule": "cron(0 7 ? * MON-FRI *)",
            "ScalableTargetAction": {"MinCapacity": "2", "MaxCapacity": "6"},
        }
        for name in names
    ]
    return {**IDENTITY, "MinCapacity": "1", "MaxCapacity": "4", "ScheduledActions": actions}


@pytest.fixture(autouse=True)
def _scope():
    set_request_account_id("123412341234")
    set_request_region("eu-west-1")
    yield
    current().targets.clear()
    current().schedule.clear()


def names() -> set[str]:
    found = current().describe_scheduled_actions({"ServiceNamespace": "ecs"})
    return {each["ScheduledActionName"] for each in found["ScheduledActions"]}


def test_a_schedule_follows_its_template():
    _put_target(target("opening", "closing"))
    assert names() == {"opening", "closing"}
    current().put_scheduled_action(
        {**IDENTITY, "ScheduledActionName": "by-hand", "Schedule": "at(2030-01-01T00:00:00)"}
    )
    _put_target(target("opening"), target("opening", "closing"))
    assert names() == {"opening", "by-hand"}
    (opening,) = current().describe_scheduled_actions(
        {"ServiceNamespace": "ecs", "ScheduledActionNames": ["opening"]}
    )["ScheduledActions"]
    assert opening["ScalableTargetAction"] == {"MinCapacity": 2, "MaxCapacity": 6}
