import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest


class LoadBalancing:
    """Target health that changes from one question to the next; the last stays."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)

    def describe_target_health(self, **parameters: str) -> dict[str, Any]:
        assert parameters == {"TargetGroupArn": "arn:target-group/green"}
        states = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return {
            "TargetHealthDescriptions": [{"TargetHealth": {"State": state}} for state in states]
        }


@pytest.fixture
def check(
    load: Callable[[str], ModuleType], green: Callable[..., Any], aws: dict[str, Any]
) -> Callable[..., str]:
    module = load("checks.targets")

    def run(*answers: list[str], seconds: float = 60, **changes: Any) -> str:
        aws["elbv2"] = LoadBalancing(*answers)
        result: str = module.check(
            green(**changes), {"timeout_seconds": seconds}, time.monotonic() + 60
        )
        return result

    return run


def test_all_desired_targets_healthy_pass(check: Any) -> None:
    assert check(["healthy", "healthy"]) == "2 of 2 targets healthy"


def test_targets_that_become_healthy_are_waited_for(check: Any) -> None:
    check([], ["initial"], ["initial", "healthy"], ["healthy", "healthy"])


def test_targets_that_only_drain_do_not_count(check: Any) -> None:
    check(["healthy", "healthy", "draining"])


@pytest.mark.parametrize(
    ("states", "said"),
    [
        (["healthy"], "1 healthy"),
        (["healthy", "unhealthy"], "1 healthy, 1 unhealthy"),
        (["healthy", "healthy", "unhealthy"], "2 healthy, 1 unhealthy"),
        ([], "none"),
    ],
)
def test_anything_less_fails_in_the_end(check: Any, states: list[str], said: str) -> None:
    with pytest.raises(Exception, match=f"expected 2 healthy targets, but there are: {said}$"):
        check(states, seconds=0.05)


def test_before_there_is_a_task_set_it_fails_and_says_when_it_works(check: Any) -> None:
    with pytest.raises(Exception, match="works from AfterInstall on"):
        check([], target_group_arn=None, desired_count=None)
