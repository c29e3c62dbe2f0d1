"""RunTask: single tasks that belong to no service, and what ECS refuses."""

from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError

from waiting import PATIENCE_SECONDS

NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]}}
FARGATE = [{"capacityProvider": "FARGATE", "weight": 1}]
SHELL = ["/bin/sh", "-c"]


@pytest.fixture(scope="module")
def world(local_aws, tools):
    return tools.make_world(local_aws, "standalone", controller="ECS")


@pytest.fixture(scope="module")
def ecs(world):
    return world.client("ecs")


@pytest.fixture(scope="module")
def definition(world):
    return world.register()


@pytest.fixture
def run(ecs, definition):
    """Run a task as a person does who knows nothing of its service."""

    def run(script=None, **request):
        override = {"containerOverrides": [{"name": "web", "command": [*SHELL, script]}]}
        wanted = {
            "cluster": "standalone",
            "taskDefinition": definition,
            "capacityProviderStrategy": FARGATE,
            "networkConfiguration": NETWORK,
            **({"overrides": override} if script else {}),
            **request,
        }
        return ecs.run_task(**{name: value for name, value in wanted.items() if value is not None})

    return run


@pytest.fixture
def ended(ecs, tools):
    """Wait for a task's end, and describe it."""

    def ended(answer, **request):
        (task,) = answer["tasks"]

        def stopped():
            (described,) = ecs.describe_tasks(
                cluster="standalone", tasks=[task["taskArn"]], **request
            )["tasks"]
            return described if described["lastStatus"] == "STOPPED" else None

        return tools.eventually(stopped, "a stopped task")

    return ended


def test_a_task_runs_to_its_end_and_its_exit_code_is_kept(run, ended):
    task = ended(run("echo to the end; exit 3", startedBy="slipway/alice"))
    assert task["containers"][0]["exitCode"] == 3
    assert task["stopCode"] == "EssentialContainerExited"
    assert task["stoppedReason"] == "Essential container in task exited"
    assert task["startedBy"] == "slipway/alice"
    assert task["group"] == "family:standalone"
    assert task["attachments"][0]["status"] == "DELETED"


def test_what_it_writes_is_in_its_log_stream(world, run, ended):
    task = ended(run("echo one; echo two >&2"))["taskArn"].rpartition("/")[2]
    events = world.client("logs").get_log_events(
        logGroupName="/standalone", logStreamName=f"web/web/{task}"
    )["events"]
    assert [event["message"] for event in events] == ["one", "two"]


def test_it_has_the_secrets_of_its_definition_and_the_variables_of_its_override(world, run, ended):
    override = {
        "name": "web",
        "command": [*SHELL, "echo $PASSWORD, $EXTRA"],
        "environment": [{"name": "EXTRA", "value": "more"}],
    }
    task = ended(run(overrides={"containerOverrides": [override]}))
    stream = f"web/web/{task['taskArn'].rpartition('/')[2]}"
    (event,) = world.client("logs").get_log_events(
        logGroupName="/standalone", logStreamName=stream
    )["events"]
    assert event["message"] == "from the secret, more"


def test_it_takes_no_part_in_the_service(ecs, world, run, ended):
    before = world.service()
    (task,) = run("sleep 900")["tasks"]
    arns = ecs.list_tasks(cluster="standalone", serviceName="web")["taskArns"]
    assert task["taskArn"] not in arns
    after = world.service()
    assert [after[name] for name in ("desiredCount", "runningCount", "pendingCount")] == [
        before[name] for name in ("desiredCount", "runningCount", "pendingCount")
    ]
    health = world.client("elbv2").describe_target_health(TargetGroupArn=world.groups[0])
    address = task["containers"][0]["networkInterfaces"][0]["privateIpv4Address"]
    targets = {item["Target"]["Id"] for item in health["TargetHealthDescriptions"]}
    assert address not in targets
    ecs.stop_task(cluster="standalone", task=task["taskArn"])


def test_a_stopped_task_is_killed_and_says_who_wanted_it(ecs, run, ended):
    answer = run("trap 'exit 9' TERM; while :; do sleep 0.05; done")
    ecs.stop_task(
        cluster="standalone", task=answer["tasks"][0]["taskArn"], reason="Alice has stopped it"
    )
    task = ended(answer)
    assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "Alice has stopped it")


def test_size_of_a_task_can_be_overridden(run, ended):
    override = {"containerOverrides": [{"name": "web", "command": ["/bin/true"]}]}
    task = ended(run(overrides={**override, "cpu": "512", "memory": "1024"}))
    assert (task["cpu"], task["memory"]) == ("512", "1024")


def test_tags_of_the_definition_come_along_when_asked(ecs, world, run, ended):
    tagged = world.register()
    ecs.tag_resource(resourceArn=tagged, tags=[{"key": "service", "value": "web"}])
    answer = run(
        "true",
        taskDefinition=tagged,
        propagateTags="TASK_DEFINITION",
        tags=[{"key": "by", "value": "alice"}],
    )
    tags = ended(answer, include=["TAGS"])["tags"]
    assert {tag["key"]: tag["value"] for tag in tags} == {"service": "web", "by": "alice"}


def test_a_request_that_is_sent_again_starts_nothing(run):
    request = {"clientToken": "once", "startedBy": "again"}
    first, second = run("true", **request), run("true", **request)
    assert [task["taskArn"] for task in first["tasks"]] == [
        task["taskArn"] for task in second["tasks"]
    ]
    with pytest.raises(ClientError) as refused:
        run("false", **request)
    assert refused.value.response["Error"]["Code"] == "ConflictException"
    assert refused.value.response["resourceIds"] == [first["tasks"][0]["taskArn"]]


def test_tasks_are_found_by_who_started_them(ecs, run, ended):
    task = ended(run("true", startedBy="slipway/bob"))["taskArn"]
    listed = ecs.list_tasks(cluster="standalone", startedBy="slipway/bob", desiredStatus="STOPPED")
    assert listed["taskArns"] == [task]
    family = ecs.list_tasks(cluster="standalone", family="standalone", desiredStatus="STOPPED")
    assert task in family["taskArns"]
    with pytest.raises(ClientError, match="startedBy must be the only filter"):
        ecs.list_tasks(cluster="standalone", startedBy="slipway/bob", family="standalone")


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"networkConfiguration": None}, "Network Configuration must be provided"),
        ({"startedBy": "Alice B."}, "Invalid startedBy"),
        ({"count": 11}, "count must be between 1 and 10"),
        ({"propagateTags": "SERVICE"}, "propagateTags SERVICE"),
        ({"enableExecuteCommand": True}, "valid taskRoleArn"),
        ({"launchType": "FARGATE"}, "capacity provider"),
        ({"tags": [{"key": "aws:mine", "value": ""}]}, "reserved"),
        ({"referenceId": "any"}, "referenceId is not carried out on this machine"),
        (
            {"overrides": {"containerOverrides": [{"name": "other"}]}},
            "Override for container named other is not a container in the TaskDefinition",
        ),
        (
            {
                "overrides": {
                    "containerOverrides": [
                        {"name": "web", "environmentFiles": [{"value": "s", "type": "s3"}]}
                    ]
                }
            },
            "environmentFiles is not carried out on this machine",
        ),
        (
            {"overrides": {"containerOverrides": [{"name": "web", "command": ["x" * 8192]}]}},
            "at most 8192",
        ),
    ],
)
def test_what_can_not_be_run_is_refused(run, request_, words):
    with pytest.raises(ClientError, match=words) as refused:
        run(**request_)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterException"


def test_a_member_that_ecs_does_not_know_is_refused(local_aws):
    request = Request(
        local_aws.endpoint,
        data=b'{"taskDefinition": "standalone", "cluster": "standalone", "surprise": 1}',
        headers={
            "X-Amz-Target": "AmazonEC2ContainerServiceV20141113.RunTask",
            "Content-Type": "application/x-amz-json-1.1",
            "Authorization": "AWS4-HMAC-SHA256 Credential=000000000000/20260101/us-east-1/ecs/x",
        },
    )
    with pytest.raises(HTTPError) as refused:
        urlopen(request, timeout=PATIENCE_SECONDS)
    assert b"surprise" in refused.value.read()
