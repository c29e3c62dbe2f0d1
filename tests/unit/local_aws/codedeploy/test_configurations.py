from datetime import timedelta

import pytest

from slipway.local_aws.codedeploy.configurations import DeploymentConfiguration, predefined
from slipway.local_aws.codedeploy.errors import CodeDeployError


def steps(configuration):
    return [(shift.green_percent, shift.bake_time) for shift in configuration.shifts()]


def test_canary_waits_once():
    assert steps(predefined()["CodeDeployDefault.ECSCanary10Percent5Minutes"]) == [
        (10, timedelta(minutes=5)),
        (100, timedelta(0)),
    ]


def test_linear_waits_at_each_step_and_always_reaches_everything():
    routing = {
        "type": "TimeBasedLinear",
        "timeBasedLinear": {"linearPercentage": 30, "linearInterval": 2},
    }
    assert steps(DeploymentConfiguration("mine", routing)) == [
        (30, timedelta(minutes=2)),
        (60, timedelta(minutes=2)),
        (90, timedelta(minutes=2)),
        (100, timedelta(0)),
    ]


def test_all_at_once_does_not_wait():
    assert steps(predefined()["CodeDeployDefault.ECSAllAtOnce"]) == [(100, timedelta(0))]


@pytest.mark.parametrize(
    "routing",
    [
        {"type": "Sometimes"},
        {
            "type": "TimeBasedCanary",
            "timeBasedCanary": {"canaryPercentage": 0, "canaryInterval": 1},
        },
    ],
)
def test_impossible_routing_is_refused(routing):
    with pytest.raises(CodeDeployError) as refusal:
        DeploymentConfiguration("mine", routing)
    assert refusal.value.code == "InvalidTrafficRoutingConfigurationException"
