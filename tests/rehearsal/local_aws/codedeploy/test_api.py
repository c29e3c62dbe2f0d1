"""What CodeDeploy is asked, and what it answers or refuses, whatever a deployment does."""

import hashlib
import json
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from waiting import PATIENCE_SECONDS

ALL_AT_ONCE = "CodeDeployDefault.ECSAllAtOnce"
FIRST = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def world(local_aws, tools):
    """A group with three deployments: one that succeeded, and two that failed at once."""
    made = tools.make_world(local_aws, "answers")
    tools.make_group(
        made,
        deploymentConfigName=ALL_AT_ONCE,
        blueGreenDeploymentConfiguration={
            "terminateBlueInstancesOnDeploymentSuccess": {"action": "KEEP_ALIVE"},
            "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT"},
        },
    )
    return made


@pytest.fixture(scope="module")
def deployments(world, failing_hook):
    """Their ids, in the order in which they were created."""
    made = []
    for hooks in ({}, {"BeforeInstall": failing_hook}, {"BeforeInstall": failing_hook}):
        made.append(world.deploy(world.register(), hooks=hooks))
        world.finished(made[-1])
    return made


@pytest.fixture(scope="module")
def codedeploy(world):
    return world.client("codedeploy")


GROUP = {"applicationName": "answers", "deploymentGroupName": "web"}


def listed(codedeploy, **request):
    return codedeploy.list_deployments(**GROUP, **request)["deployments"]


def test_deployments_are_listed(codedeploy, deployments):
    good, *bad = deployments
    assert listed(codedeploy) == [*reversed(bad), good]
    assert listed(codedeploy, includeOnlyStatuses=["Succeeded"]) == [good]
    assert listed(codedeploy, includeOnlyStatuses=["Queued", "Baking", "Ready"]) == []
    times = {
        item: codedeploy.get_deployment(deploymentId=item)["deploymentInfo"]["createTime"]
        for item in deployments
    }
    a_little = timedelta(milliseconds=2)
    since = {"start": times[bad[0]] - a_little}
    assert listed(codedeploy, createTimeRange=since) == [bad[1], bad[0]]
    until = {"start": FIRST, "end": times[good] + a_little}
    assert listed(codedeploy, createTimeRange=until) == [good]
    assert set(deployments) <= set(codedeploy.list_deployments()["deployments"])


def test_many_deployments_at_once(codedeploy, deployments):
    answer = codedeploy.batch_get_deployments(deploymentIds=[*deployments, "d-NOBODY000"])
    assert [item["deploymentId"] for item in answer["deploymentsInfo"]] == deployments


def test_target_has_one_name(codedeploy, deployments):
    good = deployments[0]
    assert codedeploy.list_deployment_targets(deploymentId=good)["targetIds"] == ["answers:web"]
    one = codedeploy.get_deployment_target(deploymentId=good, targetId="answers:web")
    many = codedeploy.batch_get_deployment_targets(deploymentId=good, targetIds=["answers:web"])
    target = one["deploymentTarget"]
    assert target["deploymentTargetType"] == "ECSTarget"
    assert (
        many["deploymentTargets"][0]["ecsTarget"]["targetArn"] == target["ecsTarget"]["targetArn"]
    )
    assert target["ecsTarget"]["targetArn"].endswith("service/answers/web")


def test_targets_are_filtered_by_status(codedeploy, deployments):
    def named(deployment, **filters):
        answer = codedeploy.list_deployment_targets(deploymentId=deployment, targetFilters=filters)
        return answer["targetIds"]

    assert named(deployments[0], TargetStatus=["Succeeded"]) == ["answers:web"]
    assert named(deployments[1], TargetStatus=["Succeeded", "InProgress"]) == []
    assert named(deployments[1], TargetStatus=["Failed"]) == ["answers:web"]
    assert named(deployments[1], ServerInstanceLabel=["Green"]) == ["answers:web"]


def test_every_operation_answers_as_the_service_model_says(codedeploy, world, deployments):
    """The fixture `answers` looks at each of them."""
    application = {"applicationName": "answers-too"}
    arn = "arn:aws:codedeploy:us-east-1:000000000000:application:answers-too"
    configuration = {"deploymentConfigName": "answers-linear"}
    content = world.appspec(world.register())
    digest = hashlib.sha256(content.encode()).hexdigest()
    revision = {
        "revisionType": "AppSpecContent",
        "appSpecContent": {"content": content, "sha256": digest},
    }
    codedeploy.create_application(
        **application, computePlatform="ECS", tags=[{"Key": "a", "Value": "b"}]
    )
    assert codedeploy.get_application(**application)["application"]["computePlatform"] == "ECS"
    assert "answers-too" in codedeploy.list_applications()["applications"]
    codedeploy.tag_resource(ResourceArn=arn, Tags=[{"Key": "c", "Value": "d"}])
    codedeploy.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert codedeploy.list_tags_for_resource(ResourceArn=arn)["Tags"] == [
        {"Key": "c", "Value": "d"}
    ]
    codedeploy.register_application_revision(**application, revision=revision)
    named = {"revisionType": "AppSpecContent", "appSpecContent": {"sha256": digest}}
    answer = codedeploy.get_application_revision(**application, revision=named)
    assert answer["revision"]["appSpecContent"]["content"] == content
    codedeploy.create_deployment_config(
        **configuration,
        computePlatform="ECS",
        trafficRoutingConfig={
            "type": "TimeBasedLinear",
            "timeBasedLinear": {"linearPercentage": 25, "linearInterval": 2},
        },
    )
    assert codedeploy.get_deployment_config(**configuration)["deploymentConfigInfo"]
    assert "answers-linear" in codedeploy.list_deployment_configs()["deploymentConfigsList"]
    codedeploy.delete_deployment_config(**configuration)
    assert codedeploy.list_deployment_groups(applicationName="answers")["deploymentGroups"] == [
        "web"
    ]
    info = codedeploy.get_deployment_group(**GROUP)["deploymentGroupInfo"]
    assert info["lastAttemptedDeployment"]["deploymentId"] == deployments[-1]
    assert info["lastSuccessfulDeployment"]["deploymentId"] == deployments[0]
    found = codedeploy.batch_get_deployment_groups(
        applicationName="answers", deploymentGroupNames=["web", "nobody"]
    )
    assert [item["deploymentGroupName"] for item in found["deploymentGroupsInfo"]] == ["web"]
    assert "nobody" in found["errorMessage"]
    codedeploy.delete_deployment_group(applicationName="answers", deploymentGroupName="nobody")
    codedeploy.delete_application(**application)


NOBODY = "d-NOBODY000"
REFUSALS = [
    ("get_deployment", {"deploymentId": NOBODY}, "DeploymentDoesNotExistException"),
    ("get_deployment", {"deploymentId": "nobody"}, "InvalidDeploymentIdException"),
    ("batch_get_deployments", {"deploymentIds": []}, "DeploymentIdRequiredException"),
    ("batch_get_deployments", {"deploymentIds": [NOBODY] * 26}, "BatchLimitExceededException"),
    ("list_deployments", {"deploymentGroupName": "web"}, "ApplicationNameRequiredException"),
    (
        "list_deployments",
        {"applicationName": "answers"},
        "DeploymentGroupNameRequiredException",
    ),
    ("list_deployments", {"includeOnlyStatuses": ["Done"]}, "InvalidDeploymentStatusException"),
    ("list_deployments", {"nextToken": "any"}, "InvalidNextTokenException"),
    (
        "list_deployments",
        {"createTimeRange": {"start": datetime.now(UTC), "end": FIRST}},
        "InvalidTimeRangeException",
    ),
    ("stop_deployment", {"deploymentId": NOBODY}, "DeploymentDoesNotExistException"),
    ("continue_deployment", {"deploymentId": NOBODY}, "DeploymentDoesNotExistException"),
    ("continue_deployment", {}, "DeploymentIdRequiredException"),
    ("list_deployment_targets", {"deploymentId": NOBODY}, "DeploymentDoesNotExistException"),
    (
        "put_lifecycle_event_hook_execution_status",
        {"deploymentId": NOBODY},
        "DeploymentDoesNotExistException",
    ),
    ("create_deployment", {**GROUP, "applicationName": "no"}, "ApplicationDoesNotExistException"),
    ("create_deployment", {"applicationName": "answers"}, "DeploymentGroupNameRequiredException"),
    ("create_deployment", GROUP, "RevisionRequiredException"),
    (
        "create_deployment",
        {**GROUP, "revision": {"revisionType": "String", "string": {"content": "{}"}}},
        "InvalidRevisionException",
    ),
    (
        "create_deployment",
        {
            **GROUP,
            "revision": {"revisionType": "AppSpecContent", "appSpecContent": {"sha256": "0"}},
        },
        "RevisionDoesNotExistException",
    ),
    ("create_deployment", {**GROUP, "deploymentMode": "RESTART"}, "InvalidInputException"),
    (
        "create_deployment",
        {**GROUP, "fileExistsBehavior": "OVERWRITE"},
        "InvalidFileExistsBehaviorException",
    ),
    (
        "create_deployment",
        {**GROUP, "updateOutdatedInstancesOnly": True},
        "InvalidUpdateOutdatedInstancesOnlyValueException",
    ),
    (
        "create_deployment",
        {**GROUP, "ignoreApplicationStopFailures": True},
        "InvalidIgnoreApplicationStopFailuresValueException",
    ),
    (
        "create_deployment",
        {**GROUP, "targetInstances": {"autoScalingGroups": ["any"]}},
        "InvalidTargetInstancesException",
    ),
    ("create_deployment", {**GROUP, "description": "x" * 257}, "DescriptionTooLongException"),
    (
        "create_deployment",
        {**GROUP, "autoRollbackConfiguration": {"enabled": True}},
        "InvalidAutoRollbackConfigException",
    ),
    (
        "create_deployment",
        {**GROUP, "overrideAlarmConfiguration": {"enabled": True, "alarms": []}},
        "InvalidAlarmConfigException",
    ),
    (
        "create_deployment",
        {**GROUP, "overrideAlarmConfiguration": {"alarms": [{"name": "a"}, {"name": "a"}]}},
        "InvalidAlarmConfigException",
    ),
    (
        "create_deployment",
        {**GROUP, "overrideAlarmConfiguration": {"alarms": [{"name": str(n)} for n in range(11)]}},
        "AlarmsLimitExceededException",
    ),
    (
        "get_deployment_config",
        {"deploymentConfigName": "no"},
        "DeploymentConfigDoesNotExistException",
    ),
    (
        "delete_deployment_config",
        {"deploymentConfigName": ALL_AT_ONCE},
        "InvalidOperationException",
    ),
    (
        "list_tags_for_resource",
        {"ResourceArn": "arn:aws:codedeploy:::application:no"},
        "InvalidArnException",
    ),
]


@pytest.mark.parametrize(("operation", "request_", "code"), REFUSALS)
def test_refusals_are_those_of_the_service_model(codedeploy, operation, request_, code):
    """The fixture `answers` looks whether the model lists the error for the operation."""
    with pytest.raises(ClientError) as refused:
        getattr(codedeploy, operation)(**request_)
    assert refused.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("target_ids", "code"),
    [
        (["answers"], "InvalidDeploymentTargetIdException"),
        (["answers:nobody"], "DeploymentTargetDoesNotExistException"),
        ([], "DeploymentTargetIdRequiredException"),
        (["answers:web"] * 2, "DeploymentTargetListSizeExceededException"),
    ],
)
def test_other_targets_are_refused(codedeploy, deployments, target_ids, code):
    with pytest.raises(ClientError) as refused:
        codedeploy.batch_get_deployment_targets(deploymentId=deployments[0], targetIds=target_ids)
    assert refused.value.response["Error"]["Code"] == code


def test_requests_are_held_against_the_service_model(local_aws):
    """Without an SDK, which would not send them."""

    def refusal(operation, request):
        asked = urllib.request.Request(
            local_aws.endpoint,
            json.dumps(request).encode(),
            {
                "X-Amz-Target": f"CodeDeploy_20141006.{operation}",
                "Content-Type": "application/x-amz-json-1.1",
            },
        )
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(asked, timeout=PATIENCE_SECONDS)
        return json.load(refused.value)

    unknown = refusal("GetDeployment", {"deploymentId": NOBODY, "colour": "blue"})
    assert unknown["__type"] == "ValidationError"
    assert "colour" in unknown["message"]
    assert refusal("GetDeployment", {"deploymentId": 1})["__type"] == "ValidationError"
    assert refusal("GetDeployment", {})["__type"] == "DeploymentIdRequiredException"
