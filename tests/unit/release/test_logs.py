"""Log lines of tasks and hooks."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest

from slipway.release import AwsError, Target, hook_lines, task_lines


def event(id_: str, text: str, second: int = 0, stream: str = "app/web/0123456789abcdef") -> Any:
    return {
        "eventId": id_,
        "timestamp": 1_700_000_000_000 + second * 1000,
        "logStreamName": stream,
        "message": text,
    }


def read(aws: Any, target: Target, pages: list[Any]) -> list[tuple[str, str]]:
    """Read the tasks' lines from pages; an exception among them is what the call raises."""
    coming = iter(pages)

    def page(**_: Any) -> Any:
        answer = next(coming)
        if isinstance(answer, Exception):
            raise answer
        return answer

    aws.logs.operations["filter_log_events"] = page
    lines = task_lines(aws.clients, target, since=aws.NOON)
    return [(line.source, line.text) for line in lines]


def test_lines_name_their_task_and_all_pages_are_read(aws: Any, target: Target) -> None:
    pages = [
        {"events": [event("1", "one\n")], "nextToken": "2"},
        {"events": [], "nextToken": "3"},  # empty, and not the last
        {"events": [event("2", "two", 1, "app/web/fedcba9876543210")]},
    ]
    assert read(aws, target, pages) == [("01234567", "one"), ("fedcba98", "two")]
    asked = aws.logs.asked("filter_log_events")
    assert [call.get("nextToken") for call in asked] == [None, "2", "3"]
    assert {call["logGroupName"] for call in asked} == {"/shop/prod/storefront"}
    # A collector beside the container writes to other streams: no page may hold them.
    assert {call.get("logStreamNamePrefix") for call in asked} == {f"{target.container}/"}
    assert asked[0]["startTime"] == int(aws.NOON.timestamp() * 1000)


def test_following_tells_each_line_once_and_bears_faults_that_pass(
    aws: Any, target: Target
) -> None:
    first = event("1", "one")
    pages = [
        {"events": [first]},
        aws.refusal("ThrottlingException"),
        {"events": [first, event("2", "late", -1), event("3", "new", 2)]},
    ]
    coming = iter(pages)

    def page(**_: Any) -> Any:
        answer = next(coming)
        if isinstance(answer, Exception):
            raise answer
        return answer

    aws.logs.operations["filter_log_events"] = page
    lines = task_lines(aws.clients, target, since=aws.NOON, follow=True, sleep=lambda _: None)
    assert [line.text for line in islice(lines, 3)] == ["one", "late", "new"]


def test_nothing_logged_yet_is_no_error_and_a_refusal_is(aws: Any, target: Target) -> None:
    assert read(aws, target, [aws.refusal("ResourceNotFoundException")]) == []
    with pytest.raises(AwsError, match="Cannot read the log group /shop/prod/storefront"):
        read(aws, target, [aws.refusal("AccessDeniedException")])


def test_no_line_steers_the_terminal(aws: Any, target: Target) -> None:
    [(_, text)] = read(
        aws, target, [{"events": [event("1", "\x1b[31mred\x1b[0m\x1b]0;title\x07 a\tb\rc\n")]}]
    )
    assert text == "red ]0;title  a\tb c"


def test_a_line_says_where_it_is_from_and_keeps_what_was_logged(aws: Any, target: Target) -> None:
    logged = event(
        "1", '\x1b[31m{"deployment_id": "d-1"}\x1b[0m\n', stream="app/web/0123456789abcdef"
    )
    aws.logs.operations["filter_log_events"] = lambda **_: {"events": [logged]}
    (line,) = task_lines(aws.clients, target, since=aws.NOON)
    assert line.time == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert (line.log_group, line.log_stream) == (target.log_group, logged["logStreamName"])
    assert (line.task, line.container, line.hook) == ("0123456789abcdef", "web", None)
    assert line.message == '\x1b[31m{"deployment_id": "d-1"}\x1b[0m'
    # What a task logs is told as it is, even where it looks like a hook's.
    assert line.text == '{"deployment_id": "d-1"}'


def test_hooks_lines_are_those_of_the_last_deployment_and_readable(
    aws: Any, target: Target
) -> None:
    aws.remember(6)
    aws.remember(7, "Failed")

    def entry(deployment: str, **more: Any) -> str:
        return json.dumps(
            {"deployment_id": deployment, "check": "http", "outcome": "failed"} | more
        )

    logged = {
        "AfterAllowTestTraffic": [
            event("1", "START RequestId: 1 Version: 3", 5),
            event("2", entry("d-2", detail="GET / answered 500", duration_ms=31), 6),
            event("3", entry("d-1", detail="another deployment"), 7),
        ],
        "BeforeInstall": [event("4", "a line that is no JSON", 2)],
    }
    aws.logs.operations["filter_log_events"] = lambda logGroupName, **_: {  # noqa: N803
        "events": logged[logGroupName.rsplit("-", 1)[-1]]
    }
    last, lines = hook_lines(aws.clients, target)
    assert last is not None
    assert last.id == "d-2"
    assert [(line.source, line.text) for line in lines] == [
        ("BeforeInstall", "a line that is no JSON"),
        ("AfterAllowTestTraffic", "http failed: GET / answered 500 (31 ms)"),
    ]
    assert (lines[1].task, lines[1].container) == (None, None)
    assert lines[1].hook == "AfterAllowTestTraffic"
    assert lines[1].log_group == f"/aws/lambda/{target.hooks['AfterAllowTestTraffic']}"
    assert json.loads(lines[1].message)["detail"] == "GET / answered 500"
    began = aws.deployments["d-2"]["createTime"]
    assert {call["startTime"] for call in aws.logs.asked("filter_log_events")} == {
        int(began.timestamp() * 1000)
    }
    assert began == aws.NOON + timedelta(hours=2)


def test_hooks_of_the_release_that_a_rollback_undid_are_shown(aws: Any, target: Target) -> None:
    """CodeDeploy's own rollback has no hooks."""
    aws.remember(7, "Failed")
    aws.remember(7, creator="codeDeployRollback")
    aws.logs.operations["filter_log_events"] = lambda **_: {"events": []}
    last, _ = hook_lines(aws.clients, target)
    assert last is not None
    assert last.id == "d-1"


def test_service_without_a_deployment_has_no_hooks_lines(aws: Any, target: Target) -> None:
    assert hook_lines(aws.clients, target) == (None, [])
