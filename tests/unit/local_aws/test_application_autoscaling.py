import pytest

from slipway.local_aws.application_autoscaling import ApplicationAutoScaling, AutoScalingError

IDENTITY = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/cluster/web",
    "ScalableDimension": "ecs:service:DesiredCount",
}


@pytest.fixture
def scaling():
    made = ApplicationAutoScaling("000000000000", "us-east-1")
    made.register_scalable_target({**IDENTITY, "MinCapacity": 1, "MaxCapacity": 4})
    return made


def described(scaling):
    (target,) = scaling.describe_scalable_targets({"ServiceNamespace": "ecs"})["ScalableTargets"]
    return target


def test_suspending_keeps_the_capacities(scaling):
    scaling.register_scalable_target(
        {**IDENTITY, "SuspendedState": {"DynamicScalingInSuspended": True}}
    )
    target = described(scaling)
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 4)
    assert target["SuspendedState"] == {
        "DynamicScalingInSuspended": True,
        "DynamicScalingOutSuspended": False,
        "ScheduledScalingSuspended": False,
    }


def test_changing_capacities_keeps_the_suspension(scaling):
    scaling.register_scalable_target(
        {**IDENTITY, "SuspendedState": {"DynamicScalingInSuspended": True}}
    )
    scaling.register_scalable_target({**IDENTITY, "MinCapacity": 2, "MaxCapacity": 8})
    assert described(scaling)["SuspendedState"]["DynamicScalingInSuspended"] is True


def test_policy_needs_a_target(scaling):
    scaling.deregister_scalable_target(IDENTITY)
    with pytest.raises(AutoScalingError) as refusal:
        scaling.put_scaling_policy({**IDENTITY, "PolicyName": "cpu"})
    assert refusal.value.code == "ObjectNotFoundException"


OPENING = {
    **IDENTITY,
    "ScheduledActionName": "opening",
    "Schedule": "cron(0 7 ? * MON-FRI *)",
    "Timezone": "Europe/Dublin",
    "ScalableTargetAction": {"MinCapacity": 2, "MaxCapacity": 6},
}


def test_a_schedule_is_kept_until_it_or_its_target_goes(scaling):
    scaling.put_scheduled_action(OPENING)
    scaling.put_scheduled_action({**OPENING, "ScheduledActionName": "closing"})
    (action,) = scaling.describe_scheduled_actions(
        {"ServiceNamespace": "ecs", "ScheduledActionNames": ["opening"]}
    )["ScheduledActions"]
    assert OPENING.items() <= action.items()
    scaling.delete_scheduled_action({**IDENTITY, "ScheduledActionName": "opening"})
    with pytest.raises(AutoScalingError):
        scaling.delete_scheduled_action({**IDENTITY, "ScheduledActionName": "opening"})
    scaling.deregister_scalable_target(IDENTITY)
    assert scaling.describe_scheduled_actions({"ServiceNamespace": "ecs"}) == {
        "ScheduledActions": []
    }
