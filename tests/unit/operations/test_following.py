"""A task is followed to its end, whatever comes late."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from slipway.operations.following import Kind, follow
from slipway.operations.one_off import OneOff, OneOffError
from slipway.operations.output import Log
from slipway.release.errors import CredentialsError, UnreachableError

TASK = "arn:aws:ecs:eu-west-1:111111111111:task/shop-prod/0123"


def refusal(code: str, status: int = 400) -> ClientError:
    return ClientError(
        {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Operation"
    )


class Story:
    """A task whose statuses and lines come look by look; an error is raised in its turn."""

    def __init__(self, client: Any, statuses: list[Any], lines: list[list[str]]) -> None:
        self.statuses, self.lines = statuses, lines
        self.page = 0
        self.aws = SimpleNamespace(
            ecs=client(describe_tasks=self.describe), logs=client(get_log_events=self.read)
        )

    def describe(self, **_: Any) -> dict[str, Any]:
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if isinstance(status, Exception):
            raise status
        return {"tasks": [{"lastStatus": status}] if status else []}

    def read(self, **request: Any) -> dict[str, Any]:
        token = request.get("nextToken")
        # The end of a stream answers with the token that it was asked with.
        if token != f"t{self.page}" and self.page:
            return {"events": [], "nextForwardToken": f"t{self.page}"}
        lines = self.lines.pop(0) if self.lines else []
        if not lines:
            return {"events": [], "nextForwardToken": token or "t0"}
        self.page += 1
        return {
            "events": [{"message": line} for line in lines],
            "nextForwardToken": f"t{self.page}",
        }


@pytest.fixture
def tell(target, client):
    """Follow a story to its end; return what is told, by kind."""

    def tell(statuses, lines=(), log=True, **wishes):
        story = Story(client, list(statuses), list(lines))
        run = OneOff(
            arn=TASK,
            target=target,
            revision=target.revision,
            command=("migrate",),
            started_by="slipway/alice",
            log=Log(group="/shop/prod/storefront", stream="any") if log else None,
        )
        waited: list[float] = []
        found = list(follow(story.aws, run, sleep=waited.append, **wishes))
        return (
            [each.text for each in found if each.kind is Kind.OUTPUT],
            [each.text for each in found if each.kind is Kind.PROGRESS],
        )

    return tell


def test_each_status_is_told_once(tell) -> None:
    _, progress = tell(["PROVISIONING", "PROVISIONING", "PENDING", "RUNNING", "STOPPED"])
    assert progress == [
        "Task 0123 waits for its place: room, and a network interface",
        "Task 0123 is starting: image and secrets are fetched",
        "Task 0123 runs",
        "Task 0123 has stopped",
    ]


def test_lines_that_come_after_the_end_are_told(tell) -> None:
    output, _ = tell(["RUNNING", "STOPPED"], [["one"], [], ["two"], [], ["three"]])
    assert output[:2] == ["one", "two"]


def test_a_task_that_ecs_does_not_know_yet_is_waited_for(tell) -> None:
    _, progress = tell([None, None, "RUNNING", "STOPPED"])
    assert progress[0] == "Task 0123 runs"


def test_a_task_that_stays_unknown_is_one_line(tell) -> None:
    with pytest.raises(OneOffError, match="doesn't know the task 0123"):
        tell([None], patience=timedelta(0))


def test_throttling_is_borne_for_a_while(tell) -> None:
    throttled = refusal("ThrottlingException")
    _, progress = tell([throttled, "RUNNING", throttled, "STOPPED"])
    assert progress[-1] == "Task 0123 has stopped"
    with pytest.raises(UnreachableError):
        tell([throttled], patience=timedelta(0))


def test_what_is_not_allowed_is_not_tried_again(tell) -> None:
    with pytest.raises(CredentialsError):
        tell([refusal("AccessDeniedException")])


def test_without_a_log_stream_the_end_is_told_all_the_same(tell) -> None:
    assert tell(["RUNNING", "STOPPED"], log=False) == (
        [],
        ["Task 0123 runs", "Task 0123 has stopped"],
    )
