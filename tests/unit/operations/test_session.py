"""Which task a session is opened in, and what AWS's plugin is told."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from slipway.operations.session import (
    ServiceTask,
    Session,
    SessionError,
    begin,
    choose,
    plugin_command,
    tasks,
)
from slipway.release import TargetError

ARN = "arn:aws:ecs:eu-west-1:111111111111:task/shop-prod/"


def task(id_: str, **changes: Any) -> ServiceTask:
    return ServiceTask(
        **{
            "arn": f"{ARN}{id_}",
            "status": "RUNNING",
            "revision": "shop-prod-storefront:7",
            "is_live": True,
            "started": None,
            "allows_sessions": True,
            "agent": "RUNNING",
            "runtime_id": f"{id_}-1",
            **changes,
        }
    )


def test_a_live_task_that_runs_is_chosen(target) -> None:
    found = [task("a1", is_live=False), task("b2", status="PENDING"), task("c3"), task("d4")]
    assert choose(found, target, None).id == "c3"


@pytest.mark.parametrize("wanted", ["c3", "c", f"{ARN}c3"])
def test_a_task_is_named_by_the_beginning_of_its_id(target, wanted: str) -> None:
    assert choose([task("a1"), task("c3", is_live=False)], target, wanted).id == "c3"


@pytest.mark.parametrize(
    ("found", "wanted", "kind", "told"),
    [
        ([], None, TargetError, "storefront has no live task that runs: it has none at all"),
        (
            [task("a1", is_live=False)],
            None,
            TargetError,
            r"no live task that runs; there are a1 \(not live, RUNNING\)$",
        ),
        ([task("a1")], "c", TargetError, r"has no task c; there are a1 \(live, RUNNING\)$"),
        ([task("a1"), task("a2")], "a", SessionError, "Which task a is meant; there are a1 .*, a2"),
        ([task("a1", status="PENDING")], "a", SessionError, "Task a1 does not run"),
        (
            [task("a1", allows_sessions=False)],
            None,
            SessionError,
            "ECS Exec is off for storefront: .* when the service was created.* slipway run",
        ),
        (
            [task("a1", agent="PENDING (it starts)")],
            None,
            SessionError,
            r"The agent of ECS Exec in task a1 is PENDING \(it starts\): try again",
        ),
    ],
)
def test_what_can_not_be_is_one_line_with_what_there_is(target, found, wanted, kind, told) -> None:
    with pytest.raises(kind, match=told) as refused:
        choose(found, target, wanted)
    assert "\n" not in str(refused.value)


class Paginator:
    def __init__(self, *pages: list[str]) -> None:
        self.pages = pages

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [{"taskArns": page} for page in self.pages]


def test_live_is_who_the_primary_task_set_has_started(target, client) -> None:
    agent = {"name": "ExecuteCommandAgent", "lastStatus": "STOPPED", "reason": "out of memory"}
    described = [
        {
            "taskArn": f"{ARN}{id_}",
            "lastStatus": "RUNNING",
            "taskDefinitionArn": target.revision,
            "startedBy": started_by,
            "enableExecuteCommand": True,
            "containers": [
                {"name": "storefront", "runtimeId": f"{id_}-9", "managedAgents": [agent]}
            ],
        }
        for id_, started_by in (("a1", "ecs-svc/2"), ("b2", "ecs-svc/1"))
    ]
    by_arn = {each["taskArn"]: each for each in described}
    service = {"status": "ACTIVE", "taskSets": [{"id": "ecs-svc/1", "status": "PRIMARY"}]}
    ecs = client(
        describe_services=lambda **_: {"services": [service]},
        get_paginator=lambda _: Paginator([f"{ARN}a1"], [f"{ARN}b2"]),
        describe_tasks=lambda tasks, **_: {"tasks": [by_arn[arn] for arn in tasks]},
    )
    found = tasks(SimpleNamespace(ecs=ecs), target)
    assert [(each.id, each.is_live) for each in found] == [("b2", True), ("a1", False)]
    assert found[0].agent == "STOPPED (out of memory)"
    assert found[0].runtime_id == "b2-9"


def test_where_nothing_is_live_no_task_is(target, client) -> None:
    started_by_nobody = {
        "taskArn": f"{ARN}a1",
        "lastStatus": "RUNNING",
        "taskDefinitionArn": target.revision,
        "containers": [],
    }
    ecs = client(
        describe_services=lambda **_: {"services": [{"status": "ACTIVE", "taskSets": []}]},
        get_paginator=lambda _: Paginator([f"{ARN}a1"]),
        describe_tasks=lambda **_: {"tasks": [started_by_nobody]},
    )
    assert not any(each.is_live for each in tasks(SimpleNamespace(ecs=ecs), target))


def test_the_plugin_is_told_what_the_aws_cli_tells_it(target, client) -> None:
    asked = {}

    def execute(**request: Any) -> dict[str, Any]:
        asked.update(request)
        return {"session": {"sessionId": "s", "streamUrl": "wss://there", "tokenValue": "t"}}

    ecs = client(execute_command=execute)
    session = begin(SimpleNamespace(ecs=ecs), target, task("a1"), ["sh", "-c", "echo $HOME"])
    assert asked == {
        "cluster": "shop-prod",
        "task": f"{ARN}a1",
        "container": "storefront",
        "command": "sh -c 'echo $HOME'",
        "interactive": True,
    }
    program, answer, *rest, parameters, endpoint = plugin_command(
        "/usr/bin/session-manager-plugin",
        session,
        region="eu-west-1",
        profile="shop",
        endpoint="https://ecs.eu-west-1.amazonaws.com",
    )
    assert program == "/usr/bin/session-manager-plugin"
    assert json.loads(answer) == {"sessionId": "s", "streamUrl": "wss://there", "tokenValue": "t"}
    assert rest == ["eu-west-1", "StartSession", "shop"]
    assert json.loads(parameters) == {"Target": "ecs:shop-prod_a1_a1-1"}
    assert endpoint == "https://ecs.eu-west-1.amazonaws.com"


def test_a_session_is_not_shown_by_accident() -> None:
    answer = {"sessionId": "s", "streamUrl": "wss://there", "tokenValue": "hush"}
    assert "hush" not in repr(Session(answer=answer, target="ecs:any"))
