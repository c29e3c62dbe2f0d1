import pytest

from slipway.local_aws.ecs.refusals import refusal_of


@pytest.mark.parametrize(
    "parameter",
    [
        "taskDefinition",
        "networkConfiguration",
        "loadBalancers",
        "platformVersion",
        "capacityProviderStrategy",
        "forceNewDeployment",
    ],
)
def test_codedeploy_service_keeps_what_a_deployment_decides(parameter):
    assert refusal_of({"service": "web", parameter: {"any": "thing"}})


@pytest.mark.parametrize(
    "parameter", ["desiredCount", "deploymentConfiguration", "healthCheckGracePeriodSeconds"]
)
def test_codedeploy_service_takes_what_update_service_takes(parameter):
    assert refusal_of({"service": "web", parameter: 1, "forceNewDeployment": False}) is None
