"""The stack is updated: in mid-shift, while green is made, after a release, after a rollback."""

from faults import pages
from faults.ends import BY_STOP, EVENT_OF_A_STOP, RELEASED, stopped
from faults.fault import Fault
from faults.provoke import (
    CANARY,
    OF_THE_GROUP,
    during,
    end_termination_wait,
    release,
    shifted,
    stop,
)
from faults.scene import Scene
from faults.stack_updates import everything, failure, put, shift_by, target_groups, update
from faults.versions import HEALTHY

_WHAT_A_DEPLOYMENT_DOES = "what a running deployment makes of a stack update"
_ROLLED_BACK = "UPDATE_ROLLBACK_COMPLETE"

FAULTS = (
    Fault(
        "stack update in mid-shift",
        release(HEALTHY, shifted(30), update(everything), shift=CANARY),
        RELEASED,
        (pages.STEPS, pages.UPDATE_STACK),
        _WHAT_A_DEPLOYMENT_DOES,
        quick=True,
        seconds=14,
    ),
    Fault(
        "stack update in mid-shift, rolled back",
        release(
            HEALTHY,
            shifted(30),
            update(everything, failure, ends=_ROLLED_BACK),
            shift=CANARY,
        ),
        RELEASED,
        (pages.STEPS, pages.STACK_ROLLBACK),
        _WHAT_A_DEPLOYMENT_DOES,
        seconds=14,
    ),
    Fault(
        "stack update in mid-shift, another shift",
        release(
            HEALTHY,
            shifted(20),
            update(shift_by(40, 20)),
            shift=OF_THE_GROUP,
            before=put(shift_by(20, 25)),
        ),
        RELEASED,
        (pages.DELETE_CONFIGURATION, pages.UPDATE_STACK),
        "a deployment keeps the configuration that it began with, which stays while it runs",
        seconds=16,
    ),
    Fault(
        "stack update while green is installed",
        release(HEALTHY, during("Install"), update(target_groups)),
        RELEASED,
        (pages.STEPS, pages.UPDATE_STACK),
        _WHAT_A_DEPLOYMENT_DOES,
    ),
    Fault(
        "stack update after a release",
        release(HEALTHY, end_termination_wait, Scene.until_over, update(everything)),
        RELEASED,
        (pages.UPDATE_STACK,),
    ),
    Fault(
        "stack update after a release, rolled back",
        release(
            HEALTHY,
            end_termination_wait,
            Scene.until_over,
            update(everything, failure, ends=_ROLLED_BACK),
        ),
        RELEASED,
        (pages.STACK_ROLLBACK,),
        quick=True,
    ),
    Fault(
        "stack update after a rollback",
        release(
            HEALTHY,
            shifted(30),
            stop(rollback=True),
            Scene.until_over,
            update(everything),
            shift=CANARY,
        ),
        stopped(at="AllowTraffic", rolled_back=True),
        (*BY_STOP, pages.UPDATE_STACK),
        EVENT_OF_A_STOP,
        seconds=12,
    ),
)
