import re
from datetime import UTC, datetime, timedelta

import pytest

from slipway.page.curves import Curve, Flat, curves
from slipway.page.time_scale import TimeScale

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
SCALE = TimeScale(START, timedelta(seconds=10))


def flat(begin: float, end: float, value: float) -> Flat:
    return Flat(START + timedelta(seconds=begin), START + timedelta(seconds=end), value)


def drawn(*values: Flat, least: float = 1, unit: str = "ms") -> str:
    return "\n".join(
        curves(
            "latency", [Curve("version-1", values)], SCALE, unit=unit, least=least, top=0, height=50
        )
    )


def test_a_curve_is_flat_in_each_interval_and_breaks_off_where_nothing_is_known() -> None:
    lines = re.findall(
        r'<polyline class="curve version-1" points="([^"]+)"',
        drawn(flat(0, 2, 5), flat(2, 4, 10), flat(4, 5, 10), flat(8, 10, 0)),
    )
    assert lines == [
        "0.000,50.00 20.000,50.00 20.000,0.00 50.000,0.00",
        "80.000,100.00 100.000,100.00",
    ]


@pytest.mark.parametrize(
    ("value", "top"), [(0.2, "1 ms"), (1.5, "2 ms"), (730, "1 s"), (5, "5 ms")]
)
def test_the_axis_ends_at_a_round_number_and_small_noise_does_not_fill_it(
    value: float, top: str
) -> None:
    labels = re.findall(r'text-anchor="end">([^<]+)<', drawn(flat(0, 10, value)))
    assert labels == ["0 ms", top]


def test_a_chart_without_values_has_its_axis() -> None:
    assert "latency" in drawn()
    assert "<polyline" not in drawn()
    assert re.findall(r'text-anchor="end">([^<]+)<', drawn(unit="")) == ["0", "1"]
