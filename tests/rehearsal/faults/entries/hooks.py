"""Each of the five hooks failing, in each of the ways in which a hook can fail."""

from collections.abc import Iterator

from faults import pages
from faults.ends import BY_ALARM, BY_HOOK, RELEASED, WHICH_CODE, failed, rejected, stopped_by_alarm
from faults.fault import End, Fault
from faults.hooks import FAILS_TWICE, MISSING, SILENT, SUCCEEDS_TWICE
from faults.provoke import Step, broken, end_termination_wait, function, only, release
from faults.versions import HEALTHY, VULNERABLE
from slipway.release.render import HOOK_EVENTS

# Two ways at each event are enough for a quick look.
_QUICK = {
    ("BeforeInstall", "its check"),
    ("BeforeInstall", "not existing"),
    ("AfterInstall", "its check"),
    ("AfterAllowTestTraffic", "an exception"),
    ("BeforeAllowTraffic", "answering twice"),
    ("AfterAllowTraffic", "not existing"),
    ("AfterInstall", "an exception"),
    ("AfterAllowTestTraffic", "never answering"),
    ("BeforeAllowTraffic", "not existing"),
    ("AfterAllowTraffic", "answering twice"),
}


def _of(event: str) -> Iterator[Fault]:
    def fault(
        way: str,
        provoke: Step,
        end: End,
        documented: tuple[str, ...],
        our_reading: str,
        seconds: int = 6,
    ) -> Fault:
        quick = (event, way) in _QUICK
        return Fault(f"{event}: {way}", provoke, end, documented, our_reading, quick, seconds)

    yield fault(
        "its check",
        release(VULNERABLE, hooks=only(event)),
        rejected(at=event),
        BY_HOOK,
        WHICH_CODE,
    )
    yield fault(
        "an exception",
        release(hooks=only(event), before=broken(event)),
        # The alarm on the functions' errors ends what would cost the hook's hour.
        stopped_by_alarm(at=event),
        BY_ALARM,
        WHICH_CODE,
    )
    yield fault(
        "never answering",
        release(hooks=function(event, SILENT)),
        rejected(at=event),
        (pages.HOOKS, pages.LIMITS),
        WHICH_CODE,
        seconds=22,
    )
    yield fault(
        "answering twice",
        release(HEALTHY, end_termination_wait, hooks=function(event, SUCCEEDS_TWICE)),
        RELEASED,
        (pages.PUT_STATUS,),
        "that the first answer counts",
        seconds=9,
    )
    yield fault(
        "not existing",
        release(hooks=function(event, MISSING)),
        failed("INVALID_LAMBDA_FUNCTION", at=event),
        (pages.ERRORS,),
        "when it shows",
    )


FAULTS = (
    *(fault for event in HOOK_EVENTS for fault in _of(event)),
    Fault(
        "AfterInstall: Failed, then Succeeded",
        release(hooks=function("AfterInstall", FAILS_TWICE)),
        rejected(at="AfterInstall"),
        (pages.PUT_STATUS,),
        "that the first answer counts",
        seconds=6,
    ),
)
