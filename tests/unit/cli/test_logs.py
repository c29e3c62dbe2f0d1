"""How lines of a log are put."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import jsonschema
import pytest

from slipway.cli.logs import in_json, in_text
from slipway.cli.schemas import schema_of
from slipway.release import LogLine

OF_A_TASK = LogLine(
    time=datetime(2026, 11, 20, 12, 0, 0, 250_000, tzinfo=UTC),
    log_group="/shop/prod/storefront",
    log_stream="storefront/storefront/0123456789abcdef",
    task="0123456789abcdef",
    container="storefront",
    hook=None,
    message="GET / 200",
)
OF_A_HOOK = replace(
    OF_A_TASK,
    log_group="/aws/lambda/CodeDeployHook_storefront-prod-BeforeInstall",
    log_stream="2026/11/20/[1]0123",
    task=None,
    container=None,
    hook="BeforeInstall",
    message='{"deployment_id": "d-1", "check": "http", "outcome": "passed"}',
)


@pytest.mark.parametrize("line", [OF_A_TASK, OF_A_HOOK])
def test_a_line_in_json_keeps_the_schema(line: LogLine) -> None:
    put = in_json(line)
    assert "\n" not in put
    jsonschema.validate(json.loads(put), schema_of("logs"))
    assert json.loads(put)["time"] == "2026-11-20T12:00:00.250Z"
    assert json.loads(put)["message"] == line.message


@pytest.mark.parametrize(
    "message", ["two\nlines", "\x1b]0;title\x07", "\x9b31m", "\x7f", "a\u2028b", "Käse"]
)
def test_whatever_is_logged_is_one_line_of_json_in_ascii(message: str) -> None:
    put = in_json(replace(OF_A_TASK, message=message))
    assert put.isascii()
    assert put.isprintable()
    assert json.loads(put)["message"] == message


def test_times_in_json_sort_as_text() -> None:
    whole = replace(OF_A_TASK, time=datetime(2026, 11, 20, 12, tzinfo=UTC))
    assert [json.loads(in_json(each))["time"] for each in (whole, OF_A_TASK)] == [
        "2026-11-20T12:00:00.000Z",
        "2026-11-20T12:00:00.250Z",
    ]


def test_a_line_in_text_names_the_task_or_the_hook() -> None:
    when = f"{OF_A_TASK.time.astimezone():%Y-%m-%d %H:%M:%S}"
    assert in_text(OF_A_TASK) == f"{when}  01234567  GET / 200"
    assert in_text(OF_A_HOOK) == f"{when}  BeforeInstall  http passed"
