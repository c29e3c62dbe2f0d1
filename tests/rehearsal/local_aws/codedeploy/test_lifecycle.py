"""One deployment from its creation to its end, looked at wherever it can be held."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from botocore.exceptions import ClientError

from waiting import PATIENCE_SECONDS, WAITER

EVENTS = [
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "AllowTestTraffic",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AllowTraffic",
    "AfterAllowTraffic",
]


@dataclass
class Stage:
    """What the API said at one point."""

    deployment: dict
    target: dict
    waiter_returned: bool
    refusals: dict = field(default_factory=dict)

    @property
    def events(self):
        return {
            item["lifecycleEventName"]: item["status"] for item in self.target["lifecycleEvents"]
        }

    @property
    def overview(self):
        counts = self.deployment["deploymentOverview"]
        return {status: count for status, count in counts.items() if count}


def refusal(call, **request):
    with pytest.raises(ClientError) as refused:
        call(**request)
    return refused.value.response["Error"]


def listen(world):
    """Have EventBridge put what CodeDeploy says into a queue; return how to read it."""
    sqs, events = world.client("sqs"), world.client("events")
    url = sqs.create_queue(QueueName=f"{world.name}-news")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    events.put_rule(
        Name=f"{world.name}-news",
        EventPattern=json.dumps({"source": ["aws.codedeploy"]}),
    )
    events.put_targets(
        Rule=f"{world.name}-news", Targets=[{"Id": "queue", "Arn": attributes["QueueArn"]}]
    )
    heard = {}

    def read():
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get(
            "Messages", []
        ):
            # One that isn't deleted in time comes again.
            heard.setdefault(message["MessageId"], json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [event for event in heard.values() if event["detail"]["application"] == world.name]

    return read


@dataclass
class Walk:
    """A deployment that has gone through everything, with what was seen on its way."""

    world: object
    id: str
    stages: dict
    news: list


@pytest.fixture(scope="module")
def walk(local_aws, tools, asking_hook, succeeding_hook):
    world = tools.make_world(local_aws, "walk")
    tools.make_group(
        world,
        # Long enough to look round in it: nine seconds.
        deploymentConfigName="CodeDeployDefault.ECSCanary10Percent15Minutes",
        blueGreenDeploymentConfiguration={
            "terminateBlueInstancesOnDeploymentSuccess": {
                "action": "TERMINATE",
                "terminationWaitTimeInMinutes": 2880,
            },
            "deploymentReadyOption": {
                "actionOnTimeout": "STOP_DEPLOYMENT",
                "waitTimeInMinutes": 7200,
            },
        },
    )
    news, codedeploy, stages = listen(world), world.client("codedeploy"), {}
    ssm = local_aws.client("ssm")
    id_ = world.deploy(
        world.register(),
        hooks={
            "BeforeInstall": asking_hook,
            "AfterAllowTestTraffic": succeeding_hook,
            "AfterAllowTraffic": succeeding_hook,
        },
        description="the first",
    )

    waiter = ThreadPoolExecutor(1).submit(
        codedeploy.get_waiter("deployment_successful").wait,
        deploymentId=id_,
        WaiterConfig=WAITER,
    )

    def parameter():
        return any(
            item["Name"] == f"/hook/{id_}" for item in ssm.describe_parameters()["Parameters"]
        )

    def note(name, **refusals):
        stages[name] = Stage(world.deployment(id_), world.target(id_), waiter.done(), refusals)

    def answer(**changes):
        request = {"deploymentId": id_, "lifecycleEventHookExecutionId": execution} | changes
        return codedeploy.put_lifecycle_event_hook_execution_status(**request)

    def go_on(kind):
        codedeploy.continue_deployment(deploymentId=id_, deploymentWaitType=kind)

    tools.eventually(parameter, "the hook's call")
    execution = ssm.get_parameter(Name=f"/hook/{id_}")["Parameter"]["Value"]
    note(
        "BeforeInstall",
        second=refusal(world.deploy, task_definition=world.register()),
        going_on=refusal(codedeploy.continue_deployment, deploymentId=id_),
        skipping=refusal(codedeploy.skip_wait_time_for_instance_termination, deploymentId=id_),
        status=refusal(answer, status="Skipped"),
        execution=refusal(answer, lifecycleEventHookExecutionId="any", status="Succeeded"),
    )
    assert answer(status="Succeeded")["lifecycleEventHookExecutionId"] == execution
    stages["BeforeInstall"].refusals["twice"] = refusal(answer, status="Failed")
    tools.eventually(lambda: world.deployment(id_)["status"] == "Ready", "Ready")
    note(
        "Ready",
        termination=refusal(
            codedeploy.continue_deployment,
            deploymentId=id_,
            deploymentWaitType="TERMINATION_WAIT",
        ),
        kind=refusal(codedeploy.continue_deployment, deploymentId=id_, deploymentWaitType="ANY"),
    )
    go_on("READY_WAIT")
    tools.eventually(lambda: 10 in world.weights().values(), "the canary's first step")
    note("AllowTraffic")
    tools.eventually(lambda: world.target(id_)["status"] == "Succeeded", "the last event")
    tools.eventually(
        lambda: world.deployment(id_)["instanceTerminationWaitTimeStarted"], "the wait"
    )
    note("termination", ready=refusal(codedeploy.continue_deployment, deploymentId=id_))
    go_on("TERMINATION_WAIT")
    waiter.result(PATIENCE_SECONDS)
    note(
        "end",
        going_on=refusal(codedeploy.continue_deployment, deploymentId=id_),
        stop=refusal(codedeploy.stop_deployment, deploymentId=id_),
        answer=refusal(answer, status="Succeeded"),
    )
    tools.eventually(
        lambda: [event["detail"]["state"] for event in news()][-1:] == ["SUCCESS"], "its event"
    )
    return Walk(world, id_, stages, news())


def test_statuses_of_a_deployment(walk):
    seen = {name: stage.deployment["status"] for name, stage in walk.stages.items()}
    assert seen == {
        "BeforeInstall": "InProgress",
        "Ready": "Ready",
        "AllowTraffic": "InProgress",
        "termination": "InProgress",
        "end": "Succeeded",
    }
    assert walk.stages["Ready"].target["status"] == "Ready"


def test_events_run_one_after_the_other_in_the_documented_order(walk):
    events = walk.stages["end"].target["lifecycleEvents"]
    assert [event["lifecycleEventName"] for event in events] == EVENTS
    assert {event["status"] for event in events} == {"Succeeded"}
    assert not any("diagnostics" in event for event in events)
    times = [event[key] for event in events for key in ("startTime", "endTime")]
    assert times == sorted(times)
    first, waiting = walk.stages["BeforeInstall"].events, walk.stages["Ready"].events
    assert list(first.values()) == ["InProgress"] + ["Pending"] * 7
    assert list(waiting.values()) == ["Succeeded"] * 5 + ["Pending"] * 3


def test_target_succeeds_before_the_termination_wait_is_over(walk):
    waiting, over = walk.stages["termination"], walk.stages["end"]
    assert (waiting.deployment["status"], waiting.target["status"]) == ("InProgress", "Succeeded")
    assert "completeTime" not in waiting.deployment
    assert waiting.deployment["instanceTerminationWaitTimeStarted"]
    assert not walk.stages["AllowTraffic"].deployment["instanceTerminationWaitTimeStarted"]
    assert [side["status"] for side in waiting.target["taskSetsInfo"]] == ["ACTIVE", "PRIMARY"]
    assert over.deployment["startTime"] < over.deployment["completeTime"]


def test_overview_counts_the_service_as_one(walk):
    assert {name: stage.overview for name, stage in walk.stages.items()} == {
        "BeforeInstall": {"InProgress": 1},
        "Ready": {"Ready": 1},
        "AllowTraffic": {"InProgress": 1},
        "termination": {"Succeeded": 1},
        "end": {"Succeeded": 1},
    }


def test_task_sets_say_what_they_are_and_serve(walk):
    weights = {
        name: [side["trafficWeight"] for side in stage.target["taskSetsInfo"]]
        for name, stage in walk.stages.items()
    }
    assert weights["BeforeInstall"] == [100.0]
    assert weights["Ready"] == [100.0, 0.0]
    assert weights["AllowTraffic"] == [90.0, 10.0]
    assert weights["termination"] == [0.0, 100.0]
    sides = walk.stages["AllowTraffic"].target["taskSetsInfo"]
    assert [side["taskSetLabel"] for side in sides] == ["Blue", "Green"]
    assert [side["targetGroup"]["name"] for side in sides] == ["walk-blue", "walk-green"]
    assert [side["status"] for side in sides] == ["PRIMARY", "ACTIVE"]
    assert [side["runningCount"] for side in sides] == [2, 2]
    known = {item["id"] for item in walk.world.service()["taskSets"]}
    assert sides[1]["identifer"] in known


def test_hook_answers_once(walk):
    codes = {name: error["Code"] for name, error in walk.stages["BeforeInstall"].refusals.items()}
    assert codes["status"] == "InvalidLifecycleEventHookExecutionStatusException"
    assert codes["execution"] == "InvalidLifecycleEventHookExecutionIdException"
    assert codes["twice"] == "LifecycleEventAlreadyCompletedException"
    assert walk.stages["end"].refusals["answer"]["Code"] == codes["twice"]
    assert walk.stages["end"].events["BeforeInstall"] == "Succeeded"


def test_one_deployment_at_a_time(walk):
    refused = walk.stages["BeforeInstall"].refusals["second"]
    assert refused["Code"] == "DeploymentLimitExceededException"
    assert walk.id in refused["Message"]


def test_only_a_deployment_that_waits_can_be_continued(walk):
    not_ready = "DeploymentIsNotInReadyStateException"
    assert walk.stages["BeforeInstall"].refusals["going_on"]["Code"] == not_ready
    skipping = walk.stages["BeforeInstall"].refusals["skipping"]["Code"]
    assert skipping == "DeploymentNotStartedException"
    assert walk.stages["Ready"].refusals["termination"]["Code"] == not_ready
    kind = walk.stages["Ready"].refusals["kind"]["Code"]
    assert kind == "InvalidDeploymentWaitTypeException"
    assert walk.stages["termination"].refusals["ready"]["Code"] == not_ready
    over = walk.stages["end"].refusals["going_on"]["Code"]
    assert over == "DeploymentAlreadyCompletedException"


def test_termination_wait_can_be_ended(walk):
    """The walk gives up before a wait of two days is over."""
    left = [side["status"] for side in walk.stages["end"].target["taskSetsInfo"]]
    assert left in (["DRAINING", "PRIMARY"], ["PRIMARY"])


def test_waiter_follows_the_deployment(walk):
    returned = {name: stage.waiter_returned for name, stage in walk.stages.items()}
    assert returned == {**dict.fromkeys(walk.stages, False), "end": True}


def test_deployment_that_is_over_can_not_be_stopped(walk):
    assert walk.stages["end"].refusals["stop"]["Code"] == "DeploymentAlreadyCompletedException"


def test_event_bridge_is_told(walk):
    assert [event["detail"]["state"] for event in walk.news] == ["START", "READY", "SUCCESS"]
    assert {event["detail"]["deploymentId"] for event in walk.news} == {walk.id}
    first = walk.news[0]
    assert first["detail-type"] == "CodeDeploy Deployment State-change Notification"
    assert first["resources"] == [
        "arn:aws:codedeploy:us-east-1:000000000000:application:walk",
        "arn:aws:codedeploy:us-east-1:000000000000:deploymentgroup:walk/web",
    ]


def test_revision_is_named_by_its_digest(walk):
    deployment = walk.stages["end"].deployment
    assert deployment["description"] == "the first"
    assert set(deployment["revision"]["appSpecContent"]) == {"sha256"}
    answer = walk.world.client("codedeploy").get_application_revision(
        applicationName="walk", revision=deployment["revision"]
    )
    assert "TargetService" in answer["revision"]["appSpecContent"]["content"]
