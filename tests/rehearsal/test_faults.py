"""The fault matrix: what goes wrong, and how it must end.

Each entry is released for real on a local AWS, under traffic; see ``faults`` beside this file and
docs/faults.md. One entry: ``pytest tests/rehearsal/test_faults.py -k secret``. The quick half:
``-m quick``.
"""

import pytest
from faults import lanes, pages
from faults.fault import End, Fault, Loss
from faults.judgement import discrepancies
from faults.matrix import Matrix
from faults.provoke import CANARY, missing_image, missing_secret, only, release
from faults.report import Report, Summary
from faults.versions import (
    ANSWERS_500,
    EXITS_AT_ONCE,
    FAILS_IN_PRODUCTION,
    NEVER_HEALTHY,
)

NEVER_INSTALLED = End(status="Failed", code="TIMEOUT", fails_at="Install", rolled_back=True)


def stopped_by_alarm(*, at: str | None, loses: Loss = Loss.NONE) -> End:
    return End(status="Stopped", code="ALARM_ACTIVE", fails_at=at, rolled_back=True, loses=loses)


_WHICH_CODE = "which error code belongs to it"

FAULTS = (
    Fault(
        "image that doesn't exist",
        release(change=missing_image),
        NEVER_INSTALLED,
        (pages.BLUE_GREEN, pages.ROLLBACK),
        _WHICH_CODE,
        quick=True,
        seconds=22,
    ),
    Fault(
        "container that exits at once",
        release(EXITS_AT_ONCE),
        NEVER_INSTALLED,
        (pages.BLUE_GREEN, pages.ROLLBACK),
        _WHICH_CODE,
        seconds=22,
    ),
    Fault(
        "secret that is missing",
        release(change=missing_secret),
        NEVER_INSTALLED,
        (pages.BLUE_GREEN, pages.ROLLBACK),
        _WHICH_CODE,
        seconds=22,
    ),
    Fault(
        "health check that never passes",
        release(NEVER_HEALTHY),
        # Long before the hour is over: the alarm on unhealthy hosts looks at green, too.
        stopped_by_alarm(at="Install"),
        (pages.ALARMS, pages.ROLLBACK),
        _WHICH_CODE,
    ),
    Fault(
        "green answers 500 on test traffic",
        release(ANSWERS_500, hooks=only("AfterAllowTestTraffic")),
        End(
            status="Failed",
            code="HOOK_EXECUTION_FAILURE",
            fails_at="AfterAllowTestTraffic",
            rolled_back=True,
        ),
        (pages.HOOKS, pages.ERRORS),
        _WHICH_CODE,
        quick=True,
    ),
    Fault(
        "errors in production: alarm in the canary",
        release(FAILS_IN_PRODUCTION, shift=CANARY),
        stopped_by_alarm(at="AllowTraffic", loses=Loss.SHARE_OF_GREEN),
        (pages.ALARMS, pages.ROLLBACK),
        "the error code; that the event is Failed",
        quick=True,
        seconds=12,
    ),
)


@pytest.fixture(scope="session")
def report(request):
    made = Report(lanes.PROJECT / "build" / "rehearsal" / "faults.json")
    request.config.pluginmanager.register(Summary(made))
    return made


@pytest.fixture(scope="session")
def matrix(request):
    selected = [
        item.callspec.params["fault"]
        for item in request.session.items
        if "fault" in getattr(getattr(item, "callspec", None), "params", {})
    ]
    with Matrix(selected) as running:
        yield running


def _named(fault):
    return pytest.param(fault, id=fault.name, marks=[pytest.mark.quick] * fault.quick)


@pytest.mark.parametrize("fault", [_named(fault) for fault in FAULTS])
def test_fault_ends_as_documented_and_costs_no_more_than_its_share(fault, matrix, report):
    seen = matrix.end_of(fault)
    found = discrepancies(fault.end, seen)
    report.add(fault, seen, found)
    if found:
        matrix.keep_logs()
    assert not found, "\n".join(found)
