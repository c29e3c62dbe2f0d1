"""What DescribeTasks shows of a task, from its place to its end."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.local_aws.tasks import Launch, states

DEFINITION = {
    "taskDefinitionArn": "arn:aws:ecs:eu-west-1:000000000000:task-definition/shop:1",
    "family": "shop",
    "containerDefinitions": [{"name": "web", "image": "shop@sha256:1"}],
}


@pytest.fixture
def record() -> dict[str, Any]:
    launch = Launch(
        account="000000000000",
        region="eu-west-1",
        cluster="shop",
        task_definition=DEFINITION,
        group="service:shop",
        enable_execute_command=True,
    )
    return launch.new_record("127.10.0.1")


def agent_of(record: dict[str, Any]) -> Any:
    (agent,) = record["containers"][0]["managedAgents"]
    return agent


def test_a_task_runs_together_with_its_container_and_agent(record: dict[str, Any]) -> None:
    states.pending(record)
    assert (record["lastStatus"], record["startedAt"]) == ("PENDING", None)
    states.pulled(record)
    states.running(record)
    assert record["pullStartedAt"] <= record["pullStoppedAt"] <= record["startedAt"]
    assert (record["lastStatus"], record["desiredStatus"]) == ("RUNNING", "RUNNING")
    assert record["containers"][0]["lastStatus"] == agent_of(record)["lastStatus"] == "RUNNING"


def test_who_is_asked_to_end_is_wanted_no_more_and_runs_on(record: dict[str, Any]) -> None:
    states.running(record)
    states.stopping(record, "UserInitiated", "enough")
    assert (record["lastStatus"], record["desiredStatus"]) == ("STOPPING", "STOPPED")
    assert record["containers"][0]["lastStatus"] == "RUNNING"


def test_a_task_that_ran_ends_with_its_exit_code(record: dict[str, Any]) -> None:
    states.running(record)
    states.stopping(record, "UserInitiated", "enough")
    asked = record["stoppingAt"]
    states.stopped(record, "UserInitiated", "enough", 143)
    container = record["containers"][0]
    assert (record["lastStatus"], record["stoppedReason"]) == ("STOPPED", "enough")
    assert (container["exitCode"], "reason" in container) == (143, False)
    assert agent_of(record)["lastStatus"] == "STOPPED"
    assert (record["stoppingAt"], record["version"]) == (asked, 2)


def test_a_task_that_never_ran_ends_with_its_reason_and_no_exit_code(
    record: dict[str, Any],
) -> None:
    states.stopped(record, "TaskFailedToStart", "no such image", None)
    container = record["containers"][0]
    assert (container["reason"], "exitCode" in container) == ("no such image", False)
    assert record["stoppingAt"] == record["stoppedAt"]
