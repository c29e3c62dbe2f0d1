"""Deployments that end before their time, and what they leave behind."""

import pytest
from botocore.exceptions import WaiterError

from waiting import WAITER

ALL_AT_ONCE = "CodeDeployDefault.ECSAllAtOnce"
CANARY = "CodeDeployDefault.ECSCanary10Percent5Minutes"
# For what has to be done in mid-shift: on a busy machine five minutes, three seconds here, go by.
LONG_CANARY = "CodeDeployDefault.ECSCanary10Percent15Minutes"


@pytest.fixture(scope="module")
def world(local_aws, tools):
    made = tools.make_world(local_aws, "endings")
    tools.make_group(made)
    return made


def task_sets(world):
    return {item["status"]: item for item in world.service()["taskSets"]}


def live_group(world):
    return max(world.weights().items(), key=lambda item: item[1])[0]


def ended_as(world, deployment):
    """Wait for the end; return its status and its error's code."""
    ended = world.finished(deployment)
    return ended["status"], ended["errorInformation"]["code"]


def events_that_ran(world, deployment):
    return [name for name, status in world.events(deployment).items() if status == "Succeeded"]


# Where it is held, what the group waits for, what is asked for, and what is then the case.
STAGES = {
    "in BeforeInstall, rolled back": ("BeforeInstall", True),
    "in AfterInstall, left": ("AfterInstall", False),
    "Ready, left": ("Ready", False),
    "in AllowTraffic, rolled back": ("AllowTraffic", True),
    "in AllowTraffic, left": ("AllowTraffic", False),
    "in the termination wait, rolled back": ("termination", True),
}


@pytest.mark.parametrize(("stage", "rollback"), STAGES.values(), ids=list(STAGES))
def test_stop_at_every_stage(world, set_group, asking_hook, asked, tools, stage, rollback):
    set_group(world, approval=7200 if stage == "Ready" else 0, termination=2880)
    codedeploy, before = world.client("codedeploy"), task_sets(world)["PRIMARY"]
    hooks = {stage: asking_hook} if stage in ("BeforeInstall", "AfterInstall") else {}
    deployment = world.deploy(
        world.register(),
        hooks=hooks,
        deploymentConfigName=ALL_AT_ONCE if stage == "termination" else LONG_CANARY,
    )
    if hooks:
        asked(deployment)
    else:
        tools.eventually(lambda: is_at(world, deployment, stage), stage)
    weights = world.weights()
    stop = {"deploymentId": deployment, "autoRollbackEnabled": rollback}
    assert codedeploy.stop_deployment(**stop)["status"] == "Pending"
    assert ended_as(world, deployment) == ("Stopped", "MANUAL_STOP")
    assert codedeploy.stop_deployment(**stop)["status"] == "Succeeded"
    with pytest.raises(WaiterError):
        codedeploy.get_waiter("deployment_successful").wait(
            deploymentId=deployment, WaiterConfig=WAITER
        )
    info = world.deployment(deployment).get("rollbackInfo", {})
    if not rollback:
        assert info == {}
        assert world.weights() == weights
        assert task_sets(world)["ACTIVE"]["externalId"] == deployment
        assert task_sets(world)["PRIMARY"]["id"] == before["id"]
    elif stage == "BeforeInstall":
        assert set(info) == {"rollbackMessage"}
        assert world.weights() == weights
    else:
        assert world.finished(info["rollbackDeploymentId"])["status"] == "Succeeded"
        assert task_sets(world)["PRIMARY"]["id"] == before["id"]
        assert live_group(world) == before["loadBalancers"][0]["targetGroupArn"]


def is_at(world, deployment, stage):
    if stage == "Ready":
        return world.deployment(deployment)["status"] == "Ready"
    if stage == "AllowTraffic":
        return 10 in world.weights().values()
    return world.deployment(deployment)["instanceTerminationWaitTimeStarted"]


def test_deployment_after_one_that_was_left_in_mid_shift_succeeds(world, set_group, tools):
    set_group(world)
    left = world.deploy(world.register(), deploymentConfigName=LONG_CANARY)
    tools.eventually(lambda: 10 in world.weights().values(), "traffic on green")
    world.client("codedeploy").stop_deployment(deploymentId=left, autoRollbackEnabled=False)
    world.finished(left)
    definition = world.register()
    next_one = world.deploy(definition, deploymentConfigName=ALL_AT_ONCE)
    assert world.finished(next_one)["status"] == "Succeeded"
    tools.eventually(lambda: set(task_sets(world)) == {"PRIMARY"}, "one task set")
    assert task_sets(world)["PRIMARY"]["taskDefinition"] == definition
    assert live_group(world) == task_sets(world)["PRIMARY"]["loadBalancers"][0]["targetGroupArn"]
    assert sorted(world.weights().values()) == [0, 100]


def test_rollback_is_a_deployment_of_its_own(
    world, set_group, succeeding_hook, failing_hook, tools
):
    set_group(world, approval=60)
    good = world.deploy(world.register(), deploymentConfigName=ALL_AT_ONCE)
    tools.eventually(lambda: world.deployment(good)["status"] == "Ready", "Ready")
    world.client("codedeploy").continue_deployment(deploymentId=good)
    assert world.finished(good)["status"] == "Succeeded"
    failed = world.deploy(
        world.register(),
        hooks={"BeforeInstall": succeeding_hook, "AfterInstall": failing_hook},
    )
    assert ended_as(world, failed) == ("Failed", "HOOK_EXECUTION_FAILURE")
    info = world.deployment(failed)["rollbackInfo"]
    undone = world.finished(info["rollbackDeploymentId"])
    assert undone["deploymentId"] not in (good, failed)
    assert (undone["status"], undone["creator"]) == ("Succeeded", "codeDeployRollback")
    assert undone["rollbackInfo"]["rollbackTriggeringDeploymentId"] == failed
    assert undone["deploymentId"] in info["rollbackMessage"]
    assert undone["revision"] == world.deployment(good)["revision"]
    assert undone["deploymentConfigName"] == ALL_AT_ONCE
    assert set(world.events(undone["deploymentId"]).values()) == {"Succeeded"}
    assert task_sets(world)["PRIMARY"]["externalId"] == good


def test_failed_hook_fails_the_deployment(world, set_group, failing_hook):
    set_group(world)
    deployment = world.deploy(world.register(), hooks={"BeforeInstall": failing_hook})
    assert ended_as(world, deployment) == ("Failed", "HOOK_EXECUTION_FAILURE")
    target = world.target(deployment)
    assert target["status"] == "Failed"
    first = target["lifecycleEvents"][0]
    assert first["diagnostics"]["errorCode"] == "UnknownError"
    assert "validation functions failed" in first["diagnostics"]["message"]
    assert "can't be rolled back" in world.deployment(deployment)["rollbackInfo"]["rollbackMessage"]


def test_hook_that_does_not_exist_fails_the_deployment_at_its_event(world, set_group):
    set_group(world)
    deployment = world.deploy(world.register(), hooks={"AfterInstall": "no-such-function"})
    assert ended_as(world, deployment) == ("Failed", "INVALID_LAMBDA_FUNCTION")
    assert events_that_ran(world, deployment) == ["BeforeInstall", "Install"]
    world.finished(world.deployment(deployment)["rollbackInfo"]["rollbackDeploymentId"])


def test_task_definition_that_is_gone_fails_the_installation(world, set_group):
    set_group(world)
    definition = world.register()
    world.client("ecs").deregister_task_definition(taskDefinition=definition)
    deployment = world.deploy(definition)
    assert ended_as(world, deployment) == ("Failed", "ECS_UPDATE_ERROR")
    assert events_that_ran(world, deployment) == ["BeforeInstall"]


def test_events_that_never_begin_are_skipped(world, set_group, failing_hook):
    set_group(world)
    deployment = world.deploy(world.register(), hooks={"BeforeInstall": failing_hook})
    world.finished(deployment)
    assert list(world.events(deployment).values()) == ["Failed", *["Skipped"] * 7]


@pytest.mark.parametrize(
    ("ignored", "code"), [(False, "CODEDEPLOY_RESOURCE_CANNOT_BE_FOUND"), (True, None)]
)
def test_alarm_that_does_not_exist_stops_the_deployment(world, set_group, ignored, code):
    set_group(world)
    deployment = world.deploy(
        world.register(),
        deploymentConfigName=ALL_AT_ONCE,
        overrideAlarmConfiguration={
            "enabled": True,
            "ignorePollAlarmFailure": ignored,
            "alarms": [{"name": "no-such-alarm"}],
        },
    )
    ended = world.finished(deployment)
    assert ended["status"] == ("Stopped" if code else "Succeeded")
    assert ended.get("errorInformation", {}).get("code") == code


def test_scaling_that_becomes_steady_disturbs_nothing(world, set_group, tools):
    set_group(world)
    deployment = world.deploy(world.register(), deploymentConfigName=LONG_CANARY)
    tools.eventually(lambda: 10 in world.weights().values(), "traffic on green")
    world.client("ecs").update_service(cluster=world.name, service="web", desiredCount=3)
    assert world.finished(deployment)["status"] == "Succeeded"
    primary = task_sets(world)["PRIMARY"]
    assert (primary["externalId"], primary["runningCount"]) == (deployment, 3)
    world.client("ecs").update_service(cluster=world.name, service="web", desiredCount=2)
    tools.eventually(lambda: tools.is_steady(world.service()), "a steady service")


@pytest.mark.parametrize("port", [8080, 9000], ids=["blue", "green"])
def test_tasks_that_die_in_mid_shift_are_replaced(world, set_group, tools, port):
    set_group(world, termination=2880)
    deployment = world.deploy(world.register(), deploymentConfigName=CANARY)
    if port == 9000:
        tools.eventually(lambda: 10 in world.weights().values(), "traffic on green")
    else:
        tools.eventually(lambda: "AllowTestTraffic" in events_that_ran(world, deployment), "green")
    assert world.get("/die", port=port)[0] == 502
    side = "Green" if port == 9000 else "Blue"

    def whole():
        sides = {item["taskSetLabel"]: item for item in world.target(deployment)["taskSetsInfo"]}
        return sides[side]["runningCount"] == 2

    tools.eventually(lambda: world.deployment(deployment)["status"] == "InProgress", "the end")
    tools.eventually(whole, f"{side} with two tasks")
    tools.eventually(
        lambda: world.deployment(deployment)["instanceTerminationWaitTimeStarted"], "the wait"
    )
    world.client("codedeploy").continue_deployment(
        deploymentId=deployment, deploymentWaitType="TERMINATION_WAIT"
    )
    assert world.finished(deployment)["status"] == "Succeeded"


def test_deployment_outlives_its_group(world, set_group, tools):
    set_group(world, approval=60)
    codedeploy = world.client("codedeploy")
    deployment = world.deploy(world.register(), deploymentConfigName=ALL_AT_ONCE)
    tools.eventually(lambda: world.deployment(deployment)["status"] == "Ready", "Ready")
    codedeploy.delete_deployment_group(applicationName=world.name, deploymentGroupName="web")
    try:
        codedeploy.continue_deployment(deploymentId=deployment)
        assert world.finished(deployment)["status"] == "Succeeded"
        assert world.target(deployment)["status"] == "Succeeded"
    finally:
        tools.make_group(world)


@pytest.fixture(scope="module")
def plain(local_aws, tools):
    """A service whose group has no test listener."""
    made = tools.make_world(local_aws, "plain")
    names = [{"name": arn.split("/")[1]} for arn in made.groups]
    route = {"listenerArns": [made.listeners[0]]}
    tools.make_group(
        made,
        loadBalancerInfo={
            "targetGroupPairInfoList": [{"targetGroups": names, "prodTrafficRoute": route}]
        },
    )
    return made


def test_without_a_test_listener_there_is_no_test_traffic(plain, set_group, failing_hook):
    set_group(plain)
    deployment = plain.deploy(
        plain.register(),
        hooks={"AfterAllowTestTraffic": failing_hook},
        deploymentConfigName=ALL_AT_ONCE,
    )
    assert plain.finished(deployment)["status"] == "Succeeded"
    assert list(plain.events(deployment)) == [
        "BeforeInstall",
        "Install",
        "AfterInstall",
        "BeforeAllowTraffic",
        "AllowTraffic",
        "AfterAllowTraffic",
    ]


@pytest.fixture
def doomed(local_aws, tools):
    """A service that something is taken from."""
    made = tools.make_world(local_aws, "doomed")
    tools.make_group(made)
    return made


def test_listener_that_goes_away_fails_the_deployment(doomed, set_group, tools):
    set_group(doomed, approval=60)
    codedeploy = doomed.client("codedeploy")
    deployment = doomed.deploy(doomed.register())
    tools.eventually(lambda: doomed.deployment(deployment)["status"] == "Ready", "Ready")
    doomed.client("elbv2").delete_listener(ListenerArn=doomed.listeners[0])
    codedeploy.continue_deployment(deploymentId=deployment)
    assert ended_as(doomed, deployment) == ("Failed", "ELASTIC_LOAD_BALANCING_INVALID")
    rollback = doomed.deployment(deployment)["rollbackInfo"]["rollbackDeploymentId"]
    assert ended_as(doomed, rollback) == ("Failed", "ELASTIC_LOAD_BALANCING_INVALID")
    assert "rollbackDeploymentId" not in doomed.deployment(rollback)["rollbackInfo"]
    again = doomed.deploy(doomed.register())
    assert ended_as(doomed, again) == ("Failed", "ELASTIC_LOAD_BALANCING_INVALID")
    assert set(doomed.events(again).values()) == {"Skipped"}
    doomed.client("ecs").delete_service(cluster="doomed", service="web", force=True)
    last = doomed.deploy(doomed.register())
    assert ended_as(doomed, last) == ("Failed", "INVALID_ECS_SERVICE")


def test_target_group_that_does_not_exist_fails_the_deployment(plain, set_group):
    pair = {
        "targetGroups": [{"name": "plain-blue"}, {"name": "no-such-group"}],
        "prodTrafficRoute": {"listenerArns": [plain.listeners[0]]},
    }
    group = {"applicationName": "plain", "deploymentGroupName": "web"}
    codedeploy = plain.client("codedeploy")
    before = codedeploy.get_deployment_group(**group)["deploymentGroupInfo"]["loadBalancerInfo"]
    set_group(plain, loadBalancerInfo={"targetGroupPairInfoList": [pair]})
    try:
        deployment = plain.deploy(plain.register())
        assert ended_as(plain, deployment) == ("Failed", "ELASTIC_LOAD_BALANCING_INVALID")
        assert set(plain.events(deployment).values()) == {"Skipped"}
    finally:
        set_group(plain, loadBalancerInfo=before)


def test_service_that_codedeploy_may_not_deploy(local_aws, tools):
    world = tools.make_world(local_aws, "rolling", controller="ECS")
    tools.make_group(world)
    deployment = world.deploy(world.register())
    assert ended_as(world, deployment) == ("Failed", "INVALID_ECS_SERVICE")
    assert set(world.events(deployment).values()) == {"Skipped"}
