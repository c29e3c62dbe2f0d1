"""Green that never comes up: found before it gets any traffic."""

from faults import surroundings
from faults.ends import (
    BY_ALARM,
    BY_HOOK,
    NEVER_HEALTHY,
    WHICH_CODE,
    failed,
    rejected,
    stopped_by_alarm,
)
from faults.fault import Fault
from faults.provoke import missing_image, missing_secret, only, release
from faults.versions import EXITS_AT_ONCE, STARTS_SLOWLY, UNHEALTHY

_TIMED_OUT = failed("TIMEOUT", at="Install")

FAULTS = (
    Fault(
        "image that doesn't exist",
        release(change=missing_image),
        _TIMED_OUT,
        NEVER_HEALTHY,
        WHICH_CODE,
        quick=True,
        seconds=22,
    ),
    Fault(
        "image that doesn't exist, with hooks",
        release(change=missing_image, hooks=only("BeforeInstall")),
        rejected(at="BeforeInstall"),
        BY_HOOK,
        WHICH_CODE,
        seconds=6,
    ),
    Fault(
        "container that exits at once",
        release(EXITS_AT_ONCE),
        _TIMED_OUT,
        NEVER_HEALTHY,
        WHICH_CODE,
        seconds=22,
    ),
    Fault(
        "secret that is missing",
        release(change=missing_secret),
        _TIMED_OUT,
        NEVER_HEALTHY,
        WHICH_CODE,
        quick=True,
        seconds=22,
    ),
    Fault(
        "health check that never passes",
        release(UNHEALTHY, before=surroundings.frequent_health_checks),
        # Long before the hour is over: the alarm on unhealthy hosts looks at green, too.
        stopped_by_alarm(at="Install"),
        BY_ALARM,
        WHICH_CODE,
        quick=True,
    ),
    Fault(
        "health check that never passes, no alarms",
        release(UNHEALTHY, before=surroundings.no_alarms),
        _TIMED_OUT,
        NEVER_HEALTHY,
        WHICH_CODE,
        seconds=22,
    ),
    Fault(
        "start slower than the grace period",
        release(STARTS_SLOWLY, before=surroundings.no_alarms),
        _TIMED_OUT,
        NEVER_HEALTHY,
        WHICH_CODE,
        seconds=22,
    ),
)
