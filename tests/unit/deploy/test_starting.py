"""A new service's tasks are watched, and given up; those of an earlier one don't count."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from slipway.deploy import Following, NotStartingError, Patience, Starting

WEB = "shop-dev-web"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FOR_EVER = timedelta(days=1)


class Tasks:
    """ECS and CloudWatch Logs, with tasks that have stopped."""

    def __init__(self) -> None:
        self.stopped: list[dict[str, Any]] = []
        self.said: list[str] = []
        self.aws: Any = SimpleNamespace(ecs=self, logs=self)

    def stops(self, *, code: int = 1, created: datetime = NOON + timedelta(seconds=1)) -> None:
        self.stopped.append(
            {
                "taskArn": f"arn/{len(self.stopped)}",
                "lastStatus": "STOPPED",
                "createdAt": created,
                "stoppedReason": "Essential container in task exited",
                "containers": [{"name": "web", "exitCode": code}],
            }
        )

    def list_tasks(self, **_: Any) -> Any:
        return {"taskArns": [each["taskArn"] for each in self.stopped]}

    def describe_tasks(self, tasks: list[str], **_: Any) -> Any:
        return {"tasks": [each for each in self.stopped if each["taskArn"] in tasks]}

    def describe_services(self, **_: Any) -> Any:
        return {"services": [{"events": [{"message": each} for each in self.said]}]}

    def describe_log_streams(self, **_: Any) -> Any:
        return {"logStreams": [{"logStreamName": "web/web/0"}]}

    def get_log_events(self, **_: Any) -> Any:
        return {"events": [{"message": "no database\x1b[0m"}]}


@pytest.fixture
def tasks() -> Tasks:
    return Tasks()


def begin(
    stacks: Any, told: list[str], tasks: Tasks, patience: Patience
) -> tuple[Starting, Following]:
    following = Following(stacks, [WEB], tell=lambda _: None, interval=timedelta())
    stacks.happens(WEB, "CREATE_IN_PROGRESS")
    stacks.happens(WEB, "CREATE_IN_PROGRESS", of="Service", type_="AWS::ECS::Service")
    following.look()
    services = {WEB: ("web", "/shop/dev/web")}
    return Starting(tasks.aws, "dev", services, patience=patience, tell=told.append), following


def test_each_reason_is_told_once_with_the_last_lines(
    stacks: Any, told: list[str], tasks: Tasks
) -> None:
    starting, following = begin(stacks, told, tasks, Patience(time=FOR_EVER, failures=3))
    tasks.stops()
    tasks.stops()
    starting.look(following)
    starting.look(following)
    assert told == [
        "web: a task stopped: Essential container in task exited; web exited with code 1",
        "  | no database",
    ]
    tasks.stops(code=137)
    with pytest.raises(NotStartingError, match=r"web doesn't start: 3 tasks stopped \(Essential"):
        starting.look(following)


def test_tasks_of_an_earlier_service_of_that_name_don_t_count(
    stacks: Any, told: list[str], tasks: Tasks
) -> None:
    starting, following = begin(stacks, told, tasks, Patience(time=FOR_EVER, failures=1))
    tasks.stops(created=NOON - timedelta(minutes=5))
    starting.look(following)
    assert told == []


def test_where_no_task_begins_what_ecs_says_is_told(
    stacks: Any, told: list[str], tasks: Tasks
) -> None:
    starting, following = begin(stacks, told, tasks, Patience(time=timedelta(), failures=9))
    tasks.said = ["(service web) was unable to place a task: no container instance"]
    with pytest.raises(NotStartingError, match=r"given up after 0 s \(\(service web\) was unable"):
        starting.look(following)
    assert told == ["web: (service web) was unable to place a task: no container instance"]


def test_a_service_that_is_there_is_nobody_s_worry(
    stacks: Any, told: list[str], tasks: Tasks
) -> None:
    starting, following = begin(stacks, told, tasks, Patience(time=timedelta(), failures=1))
    stacks.happens(WEB, "CREATE_COMPLETE", of="Service", type_="AWS::ECS::Service")
    following.look()
    tasks.stops()
    starting.look(following)
    assert told == []
