"""An alarm's state follows its threshold, its M out of N and its missing data."""

from __future__ import annotations

import pytest

from slipway.local_aws.alarms.evaluation import Rule, evaluate, next_evaluation


def rule(
    comparison: str = "GreaterThanThreshold", n: int = 3, m: int = 2, missing: str = "missing"
) -> Rule:
    return Rule(10.0, comparison, n, m, missing)


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ([11, 11, 0], "ALARM"),
        ([11, 0, 11], "ALARM"),
        ([11, 0, 0], "OK"),
        ([10, 10, 10], "OK"),
    ],
)
def test_m_out_of_n_datapoints_must_breach(values: list[float], state: str) -> None:
    assert evaluate(rule(), values, "OK")[0] == state


@pytest.mark.parametrize(
    ("comparison", "breaching", "fine"),
    [
        ("GreaterThanThreshold", 11, 10),
        ("GreaterThanOrEqualToThreshold", 10, 9),
        ("LessThanThreshold", 9, 10),
        ("LessThanOrEqualToThreshold", 10, 11),
    ],
)
def test_the_comparison_decides(comparison: str, breaching: float, fine: float) -> None:
    assert evaluate(rule(comparison, 1, 1), [breaching], "OK")[0] == "ALARM"
    assert evaluate(rule(comparison, 1, 1), [fine], "ALARM")[0] == "OK"


@pytest.mark.parametrize(
    ("missing", "state"),
    [
        ("missing", "INSUFFICIENT_DATA"),
        ("ignore", "ALARM"),
        ("breaching", "ALARM"),
        ("notBreaching", "OK"),
    ],
)
def test_no_data_at_all_is_treated_as_configured(missing: str, state: str) -> None:
    assert evaluate(rule(missing=missing), [None, None, None], "ALARM")[0] == state


def test_missing_datapoints_count_only_where_they_are_breaching() -> None:
    assert evaluate(rule(missing="breaching"), [11, None, 0], "OK")[0] == "ALARM"
    assert evaluate(rule(missing="notBreaching"), [11, None, 0], "OK")[0] == "OK"
    assert evaluate(rule(missing="missing"), [11, None, 0], "OK")[0] == "OK"


def test_the_reason_names_values_and_threshold() -> None:
    reason = evaluate(rule(n=1, m=1), [12.5], "OK")[1]
    assert reason.endswith("[12.5] was greater than the threshold (10)")


def test_without_datapoints_to_alarm_every_period_must_breach() -> None:
    alarm = {
        "EvaluationPeriods": 3,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    assert Rule.of(alarm).datapoints_to_alarm == 3


@pytest.mark.parametrize("period", [1.0, 1.8, 3.0])
def test_every_period_has_its_turn_on_a_machine_that_stood_still(period: float) -> None:
    first = next_evaluation(period, 1_800_000_000.0, None)
    assert first is not None
    assert next_evaluation(period, first + period * 0.99, first) is None
    ends, now = [first], first + period * 3.5
    while (end := next_evaluation(period, now, ends[-1])) is not None:
        ends.append(end)
    assert ends == pytest.approx([first + period * number for number in range(4)])


def test_who_stood_still_for_long_starts_with_the_last_period() -> None:
    assert next_evaluation(1.0, 3600.5, 0.0) == 3600.0


def test_another_period_begins_where_the_last_one_ended() -> None:
    assert next_evaluation(3.0, 100.0, 96.0) == 99.0
