"""How a service is released."""

from typing import Any

from hypothesis import strategies as st
from strategies.checks import checks, latencies
from strategies.keys import mapping
from strategies.values import durations

from slipway.settings.deployment import (
    Alarms,
    Approval,
    Canary,
    Deployment,
    Linear,
    Shift,
)

# All waits of a deployment: 110 hours.
_TOGETHER = 110 * 60
_DEFAULT_SHIFT, _DEFAULT_WAIT, _DEFAULT_APPROVAL = 5, 15, 240


@st.composite
def _shifts(draw: st.DrawFn) -> tuple[dict[str, Any], int]:
    """A way to shift, and the minutes that it takes."""
    kind = draw(st.sampled_from(["all_at_once", "canary", "linear"]))
    assert kind in Shift.model_fields
    percent = draw(st.integers(1, 99))
    if kind == "all_at_once":
        return {kind: {}}, 0
    steps = 1 if kind == "canary" else -(-100 // percent) - 1
    interval = draw(st.integers(1, 2880 // steps))
    model = Canary if kind == "canary" else Linear
    drawn = mapping(
        draw,
        model,
        percent=st.just(percent),
        interval=durations(f"{interval}m", f"{interval}m", "1m"),
    )
    return {kind: drawn}, steps * interval


@st.composite
def _alarms(draw: st.DrawFn) -> dict[str, Any]:
    return mapping(
        draw,
        Alarms,
        server_errors=st.integers(1, 1000),
        latency=latencies("10m"),
    )


@st.composite
def _approvals(draw: st.DrawFn, most: int, *, before_traffic: bool) -> dict[str, Any]:
    return mapping(
        draw,
        Approval,
        before_traffic=st.just(before_traffic),
        timeout=durations("1m", f"{most}m", "1m"),
    )


@st.composite
def deployments(
    draw: st.DrawFn, *, functions: dict[str, list[str]], image_elsewhere: bool
) -> dict[str, Any]:
    """How a service is released; the waits together are no longer than a pipeline's."""
    shift, shifting = draw(_shifts())
    before_traffic = draw(st.booleans())
    left = _TOGETHER - max(shifting, _DEFAULT_SHIFT) - (_DEFAULT_APPROVAL if before_traffic else 0)
    wait = draw(st.integers(0, min(2880, left)))
    left = _TOGETHER - max(shifting, _DEFAULT_SHIFT) - max(wait, _DEFAULT_WAIT)
    return mapping(
        draw,
        Deployment,
        engine=st.just("codedeploy"),
        shift=st.just(shift),
        approval=_approvals(left if before_traffic else 7200, before_traffic=before_traffic),
        termination_wait=durations(f"{wait}m", f"{wait}m", "1m"),
        alarms=_alarms(),
        checks=checks(functions=functions, image_elsewhere=image_elsewhere),
    )
