from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture
def check(
    load: Callable[[str], ModuleType],
    green: Callable[..., Any],
    aws: dict[str, Any],
    paginated: Any,
) -> Callable[..., str]:
    module = load("checks.alarms")

    def run(**states: str) -> str:
        aws["cloudwatch"] = paginated(
            *(
                {"MetricAlarms": [{"AlarmName": name, "StateValue": state}]}
                for name, state in states.items()
            )
        )
        result: str = module.check(green(alarms=("errors", "latency")), {}, 0.0)
        assert aws["cloudwatch"].asked == {"AlarmNames": ["errors", "latency"]}
        return result

    return run


def test_alarms_that_do_not_fire_pass(check: Any) -> None:
    assert check(errors="OK", latency="INSUFFICIENT_DATA") == "2 alarms, none in state ALARM"


def test_firing_alarm_fails_by_name(check: Any) -> None:
    with pytest.raises(Exception, match="but latency in state ALARM"):
        check(errors="OK", latency="ALARM")


def test_alarm_that_does_not_exist_fails_by_name(check: Any) -> None:
    with pytest.raises(Exception, match="expected 2 alarms, but latency not found"):
        check(errors="OK")


def test_deployment_without_alarms_passes_without_asking(
    load: Callable[[str], ModuleType], green: Callable[..., Any], aws: dict[str, Any]
) -> None:
    load("checks.alarms").check(green(), {}, 0.0)
