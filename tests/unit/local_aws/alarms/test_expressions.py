"""Metric math works period by period, and missing values stay missing."""

from __future__ import annotations

import pytest

from slipway.local_aws.alarms.expressions import Series, UnsupportedExpressionError, evaluate

METRICS: dict[str, Series] = {"m1": [1.0, None, 3.0], "m2": [10.0, 20.0, None]}


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("m1 + m2", [11.0, None, None]),
        ("FILL(m1, 0) + FILL(m2, 0)", [11.0, 20.0, 3.0]),
        ("SUM([m1, m2])", [11.0, 20.0, 3.0]),
        ("SUM(METRICS())", [11.0, 20.0, 3.0]),
        ("MAX([m1, m2])", [10.0, 20.0, 3.0]),
        ("100 * m1 / m2", [10.0, None, None]),
        ("m1 / (m2 - m2)", [None, None, None]),
        ("-m1", [-1.0, None, -3.0]),
    ],
)
def test_expressions_are_computed(expression: str, result: Series) -> None:
    assert evaluate(expression, METRICS, 3) == result


@pytest.mark.parametrize("expression", ["m3", "RATE(m1)", "m1 > 2", "__import__('os')", "m1 +"])
def test_what_is_not_known_is_refused(expression: str) -> None:
    with pytest.raises(UnsupportedExpressionError):
        evaluate(expression, METRICS, 3)
