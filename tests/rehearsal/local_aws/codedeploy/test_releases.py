"""Blue/green deployments, carried out on real processes behind a real load balancer."""

import json
import threading
import time

import pytest
from botocore.exceptions import ClientError

ALL_EVENTS = [
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "AllowTestTraffic",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AllowTraffic",
    "AfterAllowTraffic",
]


@pytest.fixture(scope="module")
def world(local_aws, tools):
    made = tools.make_world(local_aws, "release")
    tools.make_group(made)
    return made


@pytest.fixture(scope="module")
def hooks(local_aws, tools):
    return {
        "Succeeded": tools.make_hook(local_aws, "succeeding-hook", "Succeeded"),
        "Failed": tools.make_hook(local_aws, "failing-hook", "Failed"),
    }


def primary(world):
    return next(item for item in world.service()["taskSets"] if item["status"] == "PRIMARY")


def listen(world):
    """Have EventBridge put what CodeDeploy says into a queue; return how to read it."""
    sqs, events = world.client("sqs"), world.client("events")
    url = sqs.create_queue(QueueName="news")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    pattern = {"detail-type": ["CodeDeploy Deployment State-change Notification"]}
    events.put_rule(Name="news", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="news", Targets=[{"Id": "queue", "Arn": attributes["QueueArn"]}])

    def read():
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        details = [json.loads(message["Body"])["detail"] for message in messages]
        return [(detail["deploymentId"], detail["state"]) for detail in details]

    return read


class Traffic:
    """Requests in a row while something happens."""

    def __init__(self, world):
        self._world, self._over = world, threading.Event()
        self.answers = []
        self._thread = threading.Thread(target=self._send)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def _send(self):
        while not self._over.is_set():
            try:
                self.answers.append(self._world.get())
            except OSError as error:
                self.answers.append((0, str(error)))
            time.sleep(0.02)


def test_update_service_refuses_what_only_codedeploy_may_change(world):
    with pytest.raises(ClientError, match="CODE_DEPLOY deployment controller"):
        world.client("ecs").update_service(
            cluster="release", service="web", taskDefinition="release:1"
        )


def test_green_must_have_the_container_that_traffic_goes_to(world):
    definition = world.register(portMappings=[{"containerPort": 9999}])
    ended = world.finished(world.deploy(definition))
    assert (ended["status"], ended["errorInformation"]["code"]) == ("Failed", "ECS_UPDATE_ERROR")
    assert "did not have a container port 8080" in ended["errorInformation"]["message"]


def test_canary_moves_traffic_without_losing_a_request(world, hooks, tools):
    before, definition, news = primary(world), world.register(), listen(world)
    with Traffic(world) as traffic:
        deployment = world.deploy(
            definition,
            hooks={"BeforeInstall": hooks["Succeeded"], "AfterAllowTraffic": hooks["Succeeded"]},
        )
        ended = world.finished(deployment)
    assert ended["status"] == "Succeeded", ended
    assert list(world.events(deployment).values()) == ["Succeeded"] * 8
    assert [status for status, _ in traffic.answers if status != 200] == []
    first, last = traffic.answers[0][1], traffic.answers[-1][1]
    assert (first, last) == (before["taskDefinition"].split("/")[1], definition.split("/")[1])
    assert ended["instanceTerminationWaitTimeStarted"]
    now = primary(world)
    assert (now["taskDefinition"], now["externalId"]) == (definition, deployment)
    assert world.weights() == {world.groups[0]: 0, world.groups[1]: 100}
    tools.eventually(lambda: len(world.service()["taskSets"]) == 1, "the end of blue")
    tools.eventually(lambda: (deployment, "SUCCESS") in news(), "the event of its success")


def test_failed_hook_ends_the_deployment_and_rolls_it_back(world, hooks, tools):
    before, definition = primary(world), world.register()
    with Traffic(world) as traffic:
        deployment = world.deploy(definition, hooks={"AfterAllowTestTraffic": hooks["Failed"]})
        ended = world.finished(deployment)
        undone = world.finished(ended["rollbackInfo"]["rollbackDeploymentId"])
    assert (ended["status"], ended["errorInformation"]["code"]) == (
        "Failed",
        "HOOK_EXECUTION_FAILURE",
    )
    assert (undone["status"], undone["creator"]) == ("Succeeded", "codeDeployRollback")
    assert undone["rollbackInfo"]["rollbackTriggeringDeploymentId"] == deployment
    events = world.events(deployment)
    assert list(events) == ALL_EVENTS
    assert events["AfterAllowTestTraffic"] == "Failed"
    assert events["AllowTraffic"] == "Skipped"
    assert set(traffic.answers) == {(200, before["taskDefinition"].split("/")[1])}
    assert primary(world)["id"] == before["id"]
    tools.eventually(lambda: len(world.service()["taskSets"]) == 1, "the end of green")


def test_green_stays_without_auto_rollback_and_the_next_deployment_cleans_up(world, hooks, tools):
    failed = world.deploy(
        world.register(),
        hooks={"AfterAllowTestTraffic": hooks["Failed"]},
        autoRollbackConfiguration={"enabled": False, "events": []},
    )
    ended = world.finished(failed)
    assert ended["status"] == "Failed"
    assert "rollbackInfo" not in ended
    left = [
        item["externalId"] for item in world.service()["taskSets"] if item["status"] == "ACTIVE"
    ]
    assert left == [failed]
    with Traffic(world) as traffic:
        definition = world.register()
        cured = world.deploy(definition, deploymentConfigName="CodeDeployDefault.ECSAllAtOnce")
        assert world.finished(cured)["status"] == "Succeeded"
    assert [status for status, _ in traffic.answers if status != 200] == []
    tools.eventually(lambda: len(world.service()["taskSets"]) == 1, "one task set")
    assert primary(world)["taskDefinition"] == definition


def test_stopped_deployment_returns_traffic_when_asked_to(world, tools):
    before, definition = primary(world), world.register()
    deployment = world.deploy(definition)
    tools.eventually(
        lambda: world.events(deployment).get("AllowTraffic") == "InProgress", "traffic on green"
    )
    with pytest.raises(ClientError, match=f"already has an active Deployment '{deployment}'"):
        world.deploy(definition)
    world.client("codedeploy").stop_deployment(deploymentId=deployment, autoRollbackEnabled=True)
    ended = world.finished(deployment)
    assert (ended["status"], ended["errorInformation"]["code"]) == ("Stopped", "MANUAL_STOP")
    assert world.finished(ended["rollbackInfo"]["rollbackDeploymentId"])["status"] == "Succeeded"
    live = before["loadBalancers"][0]["targetGroupArn"]
    assert {arn: weight for arn, weight in world.weights().items() if weight} == {live: 100}


def test_firing_alarm_stops_the_deployment(local_aws, tools):
    world = tools.make_world(local_aws, "alarmed")
    cloudwatch = world.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="alarmed-errors",
        Namespace="Any",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="ignore",
    )
    tools.make_group(
        world, alarmConfiguration={"enabled": True, "alarms": [{"name": "alarmed-errors"}]}
    )
    definition = world.register()
    deployment = world.deploy(definition)
    tools.eventually(
        lambda: world.events(deployment).get("AllowTraffic") == "InProgress", "traffic on green"
    )
    cloudwatch.set_alarm_state(
        AlarmName="alarmed-errors", StateValue="ALARM", StateReason="for the test"
    )
    ended = world.finished(deployment)
    assert (ended["status"], ended["errorInformation"]["code"]) == ("Stopped", "ALARM_ACTIVE")
    world.finished(ended["rollbackInfo"]["rollbackDeploymentId"])
    assert primary(world)["taskDefinition"] != definition
    override = {"enabled": False, "alarms": []}
    cured = world.deploy(definition, overrideAlarmConfiguration=override)
    assert world.finished(cured)["status"] == "Succeeded"


def test_traffic_elsewhere_fails_the_deployment_at_once(local_aws, tools):
    world = tools.make_world(local_aws, "astray")
    tools.make_group(world)
    world.client("elbv2").modify_rule(
        RuleArn=world.rules[0], Actions=[{"Type": "forward", "TargetGroupArn": world.groups[1]}]
    )
    ended = world.finished(world.deploy(world.register()))
    assert ended["status"] == "Failed"
    assert (
        "Primary taskset target group must be behind listener"
        in (ended["errorInformation"]["message"])
    )
    assert len(world.service()["taskSets"]) == 1


def test_deployment_waits_for_approval_where_the_group_asks_for_it(local_aws, tools):
    world = tools.make_world(local_aws, "approved")
    tools.make_group(
        world,
        deploymentConfigName="CodeDeployDefault.ECSAllAtOnce",
        blueGreenDeploymentConfiguration={
            "terminateBlueInstancesOnDeploymentSuccess": {"action": "KEEP_ALIVE"},
            "deploymentReadyOption": {
                "actionOnTimeout": "STOP_DEPLOYMENT",
                "waitTimeInMinutes": 60,
            },
        },
    )
    definition = world.register()
    deployment = world.deploy(definition)
    tools.eventually(lambda: world.deployment(deployment)["status"] == "Ready", "Ready")
    assert world.get(port=9000) == (200, definition.split("/")[1])
    assert world.get() != (200, definition.split("/")[1])
    world.client("codedeploy").continue_deployment(
        deploymentId=deployment, deploymentWaitType="READY_WAIT"
    )
    assert world.finished(deployment)["status"] == "Succeeded"
    assert {item["status"] for item in world.service()["taskSets"]} == {"PRIMARY", "ACTIVE"}
