"""Tasks are processes: what they are given, where they write, how they end."""

import json

import pytest

ON_FARGATE = {
    "cluster": "tasks",
    "launchType": "FARGATE",
    "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
}


@pytest.fixture(scope="module")
def world(local_aws, tools):
    return tools.make_world(local_aws, "tasks", controller="ECS")


def test_load_balancer_serves_from_the_tasks(world):
    assert world.get() == (200, "tasks:1")


def test_each_task_has_an_address_of_its_own(world):
    addresses = {
        task["containers"][0]["networkInterfaces"][0]["privateIpv4Address"]
        for task in world.tasks()
    }
    assert len(addresses) == 2
    assert world.address not in addresses


def test_capacity_provider_is_recorded_on_each_task(world):
    assert {task["capacityProviderName"] for task in world.tasks()} == {"FARGATE"}


def test_environment_holds_the_secret_and_nothing_of_this_process(world, monkeypatch):
    environment = json.loads(world.get("/environment")[1])
    assert environment["PASSWORD"] == "from the secret"  # pragma: allowlist secret: made up
    assert environment["FROM_IMAGE"] == "yes"
    assert environment["AWS_REGION"] == "us-east-1"
    assert "PYTEST_CURRENT_TEST" not in environment
    assert "GATEWAY_PORT" not in environment


def test_output_reaches_the_log_group_under_the_task(world, tools):
    logs = world.client("logs")
    task = world.tasks()[0]["taskArn"].rpartition("/")[2]

    def events():
        answer = logs.get_log_events(logGroupName="/tasks", logStreamName=f"web/web/{task}")
        return answer["events"]

    messages = [event["message"] for event in tools.eventually(events, "log events")]
    assert messages == ["serving tasks:1 from the secret"]


def test_dead_task_is_replaced_and_shows_why_it_ended(world, tools):
    before = {task["taskArn"] for task in world.tasks()}
    assert world.get("/die")[0] == 502
    stopped = tools.eventually(lambda: world.tasks("STOPPED"), "a stopped task")[0]
    assert stopped["taskArn"] in before
    assert stopped["stopCode"] == "EssentialContainerExited"
    assert stopped["containers"][0]["exitCode"] == 7
    tools.eventually(
        lambda: len(world.tasks()) == 2 and tools.is_steady(world.service()), "a replacement"
    )


def test_unknown_image_stops_the_task_with_the_reason_of_ecs(world, tools):
    definition = world.register(image=f"repository/web@sha256:{'0' * 64}")
    ecs = world.client("ecs")
    task = ecs.run_task(taskDefinition=definition, **ON_FARGATE)["tasks"][0]["taskArn"]

    def stopped():
        described = ecs.describe_tasks(cluster="tasks", tasks=[task])["tasks"][0]
        return described if described["lastStatus"] == "STOPPED" else None

    described = tools.eventually(stopped, "a stopped task")
    assert described["stopCode"] == "TaskFailedToStart"
    assert described["stoppedReason"].startswith("CannotPullContainerError: ")


def test_container_that_a_task_can_do_without_is_told_not_to_run(world, tools):
    collector = {"name": "collector", "image": "public/collector:1", "essential": False}
    ecs = world.client("ecs")
    definition = world.register(beside=[collector])
    task = ecs.run_task(taskDefinition=definition, **ON_FARGATE)["tasks"][0]["taskArn"]

    def running():
        described = ecs.describe_tasks(cluster="tasks", tasks=[task])["tasks"][0]
        return described if described["lastStatus"] == "RUNNING" else None

    web, beside = tools.eventually(running, "a running task")["containers"]
    assert (web["name"], web["lastStatus"]) == ("web", "RUNNING")
    assert (beside["name"], beside["lastStatus"]) == ("collector", "STOPPED")
    assert "not started on this machine" in beside["reason"]
    ecs.stop_task(cluster="tasks", task=task)


def test_second_container_that_a_task_needs_stops_it(world, tools):
    beside = {"name": "proxy", "image": world.image}
    ecs = world.client("ecs")
    definition = world.register(beside=[beside])
    task = ecs.run_task(taskDefinition=definition, **ON_FARGATE)["tasks"][0]["taskArn"]

    def reason():
        return ecs.describe_tasks(cluster="tasks", tasks=[task])["tasks"][0].get("stoppedReason")

    assert "web and proxy are essential" in tools.eventually(reason, "a stopped reason")


def test_missing_secret_key_stops_the_task_with_the_reason_of_ecs(world, tools):
    definition = world.register(
        secrets=[{"name": "PASSWORD", "valueFrom": f"{world.secret}:nothing::"}]
    )
    ecs = world.client("ecs")
    task = ecs.run_task(taskDefinition=definition, **ON_FARGATE)["tasks"][0]["taskArn"]

    def reason():
        return ecs.describe_tasks(cluster="tasks", tasks=[task])["tasks"][0].get("stoppedReason")

    assert "did not contain json key nothing" in tools.eventually(reason, "a stopped reason")


def test_command_override_of_a_single_task_is_honoured(world, tools):
    ecs = world.client("ecs")
    task = ecs.run_task(
        taskDefinition=world.register(),
        **ON_FARGATE,
        overrides={"containerOverrides": [{"name": "web", "command": ["/bin/sh", "-c", "exit 3"]}]},
    )["tasks"][0]["taskArn"]

    def exit_code():
        described = ecs.describe_tasks(cluster="tasks", tasks=[task])["tasks"][0]
        return described["containers"][0].get("exitCode")

    assert tools.eventually(exit_code, "an exit code") == 3


def test_new_revision_of_a_rolling_service_replaces_every_task(world, tools):
    definition = world.register()
    ecs = world.client("ecs")
    ecs.update_service(cluster="tasks", service="web", taskDefinition=definition)
    tools.eventually(
        lambda: (
            len(world.service()["deployments"]) == 1
            and world.service()["deployments"][0]["rolloutState"] == "COMPLETED"
        ),
        "a completed rollout",
    )
    assert {task["taskDefinitionArn"] for task in world.tasks()} == {definition}


def test_deleted_service_leaves_no_task_behind(world, tools):
    world.client("ecs").delete_service(cluster="tasks", service="web", force=True)
    tools.eventually(lambda: world.service()["status"] == "INACTIVE", "an inactive service")
    assert world.tasks() == []
