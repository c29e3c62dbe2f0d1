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


def waits(**options):
    return {"blueGreenDeploymentConfiguration": options}


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
        (
            {"alarmConfiguration": {"enabled": True, "alarms": []}},
            "InvalidAlarmConfigException",
        ),
        (
            {"autoRollbackConfiguration": {"enabled": True, "events": ["ANY"]}},
            "InvalidAutoRollbackConfigException",
        ),
        (
            waits(deploymentReadyOption={"waitTimeInMinutes": 7201}),
            "InvalidBlueGreenDeploymentConfigurationException",
        ),
        (
            waits(terminateBlueInstancesOnDeploymentSuccess={"terminationWaitTimeInMinutes": 2881}),
            "InvalidBlueGreenDeploymentConfigurationException",
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


@pytest.mark.parametrize(
    ("delete", "missing"),
    [
        ("delete_deployment_group", "DEPLOYMENT_GROUP_MISSING"),
        ("delete_application", "APPLICATION_MISSING"),
    ],
)
def test_group_that_is_deleted_knows_what_is_missing(groups, delete, missing):
    groups.create_deployment_group(request())
    name = {"applicationName": "application", "deploymentGroupName": "group"}
    group = groups._store.group("application", "group")
    getattr(groups, delete)(name)
    assert group.missing == missing


def test_unknown_groups_are_named_beside_those_that_are_found(groups):
    groups.create_deployment_group(request())
    answer = groups.batch_get_deployment_groups(
        {"applicationName": "application", "deploymentGroupNames": ["nobody", "group"]}
    )
    assert [item["deploymentGroupName"] for item in answer["deploymentGroupsInfo"]] == ["group"]
    assert "nobody" in answer["errorMessage"]
