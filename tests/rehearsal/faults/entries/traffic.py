"""Green that serves badly: on test traffic, or only once it has production traffic."""

from dataclasses import replace

from faults import pages, surroundings
from faults.ends import BY_ALARM, BY_HOOK, RELEASED, WHICH_CODE, rejected, stopped_by_alarm
from faults.fault import Fault, Loss
from faults.hooks import everywhere
from faults.provoke import CANARY, LINEAR, end_termination_wait, only, release, shifted
from faults.versions import (
    ANSWERS_500,
    FAILS_AFTER_A_WHILE,
    FAILS_IN_PRODUCTION,
    HEALTHY,
    STOPS_LISTENING,
    TOO_SLOW,
    WRONG_BODY,
)

_CHECKED = only("AfterAllowTestTraffic")
_REJECTED = rejected(at="AfterAllowTestTraffic")

FAULTS = (
    Fault(
        "green answers 500 on test traffic",
        release(ANSWERS_500, hooks=everywhere),
        _REJECTED,
        BY_HOOK,
        WHICH_CODE,
        quick=True,
        seconds=12,
    ),
    Fault(
        "green answers the wrong body",
        release(WRONG_BODY, hooks=_CHECKED),
        _REJECTED,
        BY_HOOK,
        WHICH_CODE,
        quick=True,
    ),
    Fault(
        "green answers too slowly",
        release(TOO_SLOW, hooks=_CHECKED),
        _REJECTED,
        BY_HOOK,
        WHICH_CODE,
        seconds=18,
    ),
    Fault(
        "test listener still answers from blue",
        release(HEALTHY, hooks=_CHECKED, before=surroundings.forgotten_rule),
        _REJECTED,
        BY_HOOK,
        WHICH_CODE,
        quick=True,
    ),
    Fault(
        "production errors: alarm in the canary",
        release(FAILS_IN_PRODUCTION, shift=CANARY, hooks=everywhere),
        stopped_by_alarm(at="AllowTraffic", loses=Loss.SHARE_OF_GREEN),
        BY_ALARM,
        WHICH_CODE,
        quick=True,
        seconds=15,
    ),
    Fault(
        "production errors: alarm in the linear",
        release(FAILS_AFTER_A_WHILE, shift=LINEAR),
        stopped_by_alarm(at="AllowTraffic", loses=Loss.SHARE_OF_GREEN),
        BY_ALARM,
        WHICH_CODE,
        seconds=15,
        quick=True,
    ),
    Fault(
        "production errors: alarm in the last wait",
        release(FAILS_AFTER_A_WHILE),
        stopped_by_alarm(at=None, loses=Loss.SHARE_OF_GREEN),
        BY_ALARM,
        "that the termination wait is watched; the error code",
        seconds=12,
        quick=True,
    ),
    Fault(
        "green stops listening in mid-shift",
        release(STOPS_LISTENING, shift=CANARY),
        stopped_by_alarm(at="AllowTraffic", loses=Loss.SHARE_OF_GREEN),
        BY_ALARM,
        WHICH_CODE,
        seconds=15,
        quick=True,
    ),
    # Without alarms: whether they see the few connections that are refused before ECS takes a dead
    # task out of the load balancer is a matter of milliseconds.
    Fault(
        "green crashes in mid-shift",
        release(
            HEALTHY,
            shifted(30),
            surroundings.kill_green,
            end_termination_wait,
            shift=CANARY,
            before=surroundings.no_alarms,
        ),
        replace(RELEASED, loses=Loss.SHARE_OF_THE_DEAD),
        (pages.BLUE_GREEN,),
        "that ECS replaces the tasks and the deployment goes on",
        seconds=15,
    ),
    Fault(
        "blue crashes in mid-shift",
        release(
            HEALTHY,
            shifted(30),
            surroundings.kill_blue,
            end_termination_wait,
            shift=CANARY,
            before=surroundings.no_alarms,
        ),
        replace(RELEASED, loses=Loss.SHARE_OF_THE_DEAD),
        (pages.BLUE_GREEN,),
        "that ECS replaces the tasks and the deployment goes on",
        quick=True,
        seconds=15,
    ),
)
