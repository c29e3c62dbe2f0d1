"""Waits shrink by the scale."""

from __future__ import annotations

from datetime import timedelta

import pytest

from slipway.local_aws.clock import Clock


def test_five_minutes_take_three_seconds_at_a_hundredth() -> None:
    assert Clock(0.01).wall(timedelta(minutes=5)) == pytest.approx(3.0)


def test_a_scale_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        Clock(0)


def test_patience_shortens_the_least_times_of_code_and_nothing_else() -> None:
    hour = timedelta(hours=1)
    assert Clock(0.01).wall_for_code(hour, 60) == pytest.approx(60)
    assert Clock(0.01, patience=0.25).wall_for_code(hour, 200) == pytest.approx(50)
    assert Clock(0.01, patience=0.25).wall_for_code(hour, 60) == pytest.approx(36)


def test_no_patience_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        Clock(0.01, patience=0)
