"""Somebody stops the release, at each stage, with and without a rollback."""

from collections.abc import Iterator

from faults.ends import BY_STOP, EVENT_OF_A_STOP, stopped
from faults.fault import Fault, Serves
from faults.hooks import SILENT
from faults.provoke import (
    CANARY,
    Step,
    during,
    function,
    in_termination_wait,
    ready,
    release,
    shifted,
    stop,
)
from faults.surroundings import ask_for_approval
from faults.versions import HEALTHY, STARTS_SLOWLY
from slipway.release.render import HOOK_EVENTS

_QUICK = {
    ("BeforeInstall", True),
    ("Install", True),
    ("AfterAllowTestTraffic", False),
    ("the wait for approval", True),
    ("AllowTraffic", True),
    ("AllowTraffic", False),
    ("AfterAllowTraffic", False),
    ("the termination wait", True),
}


def _stages(*, rollback: bool) -> Iterator[tuple[str, Step, dict[str, object]]]:
    """Yield each stage: its name, how the release is stopped there, and what is not as usual."""
    halt = stop(rollback=rollback)
    for event in HOOK_EVENTS:
        # All traffic is on green at the last one; ECS is told at its end that green is it.
        stays = {"serves": Serves.GREEN} if event == "AfterAllowTraffic" and not rollback else {}
        held = release(HEALTHY, during(event), halt, hooks=function(event, SILENT))
        yield event, held, {"at": event, **stays}
    yield "Install", release(STARTS_SLOWLY, during("Install"), halt), {"at": "Install"}
    yield (
        "the wait for approval",
        release(HEALTHY, ready, halt, before=ask_for_approval(minutes=60)),
        {"at": None, "skipped_from": "BeforeAllowTraffic"},
    )
    yield (
        "AllowTraffic",
        release(HEALTHY, shifted(30), halt, shift=CANARY),
        {"at": "AllowTraffic", **({} if rollback else {"serves": Serves.BOTH})},
    )
    green = {} if rollback else {"serves": Serves.GREEN, "primary": Serves.GREEN}
    yield (
        "the termination wait",
        release(HEALTHY, in_termination_wait, halt),
        {"at": None, **green},
    )


FAULTS = tuple(
    Fault(
        f"stop at {stage}, {'' if rollback else 'no '}rollback",
        provoke,
        stopped(rolled_back=rollback, **unusual),
        BY_STOP,
        EVENT_OF_A_STOP,
        quick=(stage, rollback) in _QUICK,
        seconds=8,
    )
    for rollback in (True, False)
    for stage, provoke, unusual in _stages(rollback=rollback)
)
