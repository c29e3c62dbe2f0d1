"""A function that never answers holds a stack for this machine's time."""

from __future__ import annotations

import pytest

from slipway.local_aws.clock import Clock
from slipway.local_aws.cloudformation.custom_resources import wait_seconds


@pytest.mark.parametrize(("timeout", "waits"), [(3600, 36.0), (60, 20.0), (None, None)])
def test_the_wait_is_scaled_but_leaves_a_function_time_to_run(
    timeout: float | None, waits: float | None
) -> None:
    assert wait_seconds(Clock(0.01), timeout) == waits
