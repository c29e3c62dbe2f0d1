import pytest

from slipway.local_aws.codedeploy.errors import CodeDeployError
from slipway.local_aws.codedeploy.groups import Groups
from slipway.local_aws.codedeploy.store import Store


def request(**changes):
    return {
        "applicationName": "application",
        "deploymentGroupName": "group",
        "deploymentStyle": {
            "deploymentType": "BLUE_GREEN",
            "deploymentOption": "WITH_TRAFFIC_CONTROL",
        },
        "ecsServices": [{"clusterName": "cluster", "serviceName": "web"}],
        "loadBalancerInfo": {
            "targetGroupPairInfoList": [{"targetGroups": [{"name": "blue"}, {"name": "green"}]}]
        },
        **changes,
    }


@pytest.fixture
def groups():
    made = Groups(Store("000000000000", "us-east-1"))
    made.create_application({"applicationName": "application", "computePlatform": "ECS"})
    return made


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"applicationName": "nobody"}, "ApplicationDoesNotExistException"),
        ({"deploymentConfigName": "nothing"}, "DeploymentConfigDoesNotExistException"),
        ({"deploymentStyle": {"deploymentType": "IN_PLACE"}}, "InvalidDeploymentStyleException"),
        ({"ecsServices": []}, "InvalidECSServiceException"),
        ({"loadBalancerInfo": {}}, "InvalidTargetGroupPairException"),
        (
            {"alarmConfiguration": {"alarms": [{"name": str(n)} for n in range(11)]}},
            "AlarmsLimitExceededException",
        ),
    ],
)
def test_impossible_group_is_refused_with_the_documented_error(groups, changes, code):
    with pytest.raises(CodeDeployError) as refusal:
        groups.create_deployment_group(request(**changes))
    assert refusal.value.code == code


def test_service_belongs_to_one_group(groups):
    groups.create_deployment_group(request())
    with pytest.raises(CodeDeployError) as refusal:
        groups.create_deployment_group(request(deploymentGroupName="another"))
    assert refusal.value.code == "ECSServiceMappingLimitExceededException"


def test_update_changes_what_it_names_and_keeps_the_rest(groups):
    groups.create_deployment_group(request())
    groups.update_deployment_group(
        {
            "applicationName": "application",
            "currentDeploymentGroupName": "group",
            "deploymentConfigName": "CodeDeployDefault.ECSCanary10Percent15Minutes",
        }
    )
    info = groups.get_deployment_group(
        {"applicationName": "application", "deploymentGroupName": "group"}
    )["deploymentGroupInfo"]
    assert info["deploymentConfigName"] == "CodeDeployDefault.ECSCanary10Percent15Minutes"
    assert info["ecsServices"] == [{"clusterName": "cluster", "serviceName": "web"}]
