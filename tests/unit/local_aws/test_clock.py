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
