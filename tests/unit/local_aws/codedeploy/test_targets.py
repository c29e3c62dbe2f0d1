import pytest

from slipway.local_aws.codedeploy.appspec import AppSpec
from slipway.local_aws.codedeploy.errors import CodeDeployError
from slipway.local_aws.codedeploy.model import Deployment, DeploymentGroup
from slipway.local_aws.codedeploy.store import Store
from slipway.local_aws.codedeploy.targets import Targets

SETTINGS = {
    "ecsServices": [{"clusterName": "cluster", "serviceName": "web"}],
    "loadBalancerInfo": {"targetGroupPairInfoList": [{"targetGroups": []}]},
}


def deployment_of():
    return Deployment(
        group=DeploymentGroup("application", "group", SETTINGS),
        spec=AppSpec("web:2", "web", 8080),
        content="{}",
        configuration_name="any",
        auto_rollback={},
        alarms={},
    )


def test_target_of_a_deployment_that_has_not_begun():
    store, deployment = Store("000000000000", "us-east-1"), deployment_of()
    store.deployments[deployment.id] = deployment
    with pytest.raises(CodeDeployError) as refusal:
        Targets(None, store).list_deployment_targets({"deploymentId": deployment.id})
    assert refusal.value.code == "DeploymentNotStartedException"


@pytest.mark.parametrize(
    ("status", "of_target"),
    [("Created", "Pending"), ("InProgress", "InProgress"), ("Ready", "Ready")]
    + [("Failed", "Failed"), ("Stopped", "Failed")],
)
def test_target_has_a_status_of_its_own(status, of_target):
    deployment = deployment_of()
    deployment.status = status
    assert deployment.target_status == of_target


def test_target_has_succeeded_when_its_last_event_has():
    deployment = deployment_of()
    deployment.status = "InProgress"
    for event in deployment.events:
        event.finish("Succeeded")
    assert deployment.target_status == "Succeeded"
