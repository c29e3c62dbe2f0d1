"""What else happens to a release: approval, a second one, alarms, scaling, a killed client."""

from faults import pages, surroundings
from faults.ends import RELEASED, WHICH_CODE, failed, stopped, stopped_by_alarm
from faults.fault import End, Fault
from faults.provoke import CANARY, end_termination_wait, ready, release, shifted, stop
from faults.scene import Scene
from faults.versions import HEALTHY, VANISHING

_NOT_CONTINUED = End(
    status="Stopped", code="TIMEOUT", skipped_from="BeforeAllowTraffic", rolled_back=True
)


def _killed_and_resumed(scene: Scene) -> None:
    surroundings.killed_command(scene)
    surroundings.watched(scene)


FAULTS = (
    Fault(
        "approval refused",
        release(
            HEALTHY,
            ready,
            stop(rollback=True),
            before=surroundings.ask_for_approval(minutes=60),
        ),
        stopped(at=None, skipped_from="BeforeAllowTraffic", rolled_back=True),
        (pages.READY, pages.STOP_DEPLOYMENT),
        "between which events it waits; the error code",
        quick=True,
    ),
    Fault(
        "approval never given",
        release(HEALTHY, before=surroundings.ask_for_approval(minutes=10)),
        _NOT_CONTINUED,
        (pages.GROUP, pages.READY),
        "between which events it waits; the error code",
        quick=True,
    ),
    Fault(
        "approval given",
        release(
            HEALTHY,
            ready,
            surroundings.approve,
            end_termination_wait,
            before=surroundings.ask_for_approval(minutes=60),
        ),
        RELEASED,
        (pages.READY, pages.CONTINUE),
    ),
    Fault(
        "two releases at once",
        release(
            HEALTHY,
            shifted(30),
            surroundings.second_release,
            end_termination_wait,
            shift=CANARY,
        ),
        RELEASED,
        (pages.CREATE, pages.LIMITS),
        quick=True,
        seconds=15,
    ),
    Fault(
        "alarm that fires already",
        release(HEALTHY, before=surroundings.firing_alarm),
        stopped_by_alarm(at="BeforeInstall"),
        (pages.ALARMS, pages.CREATE),
        WHICH_CODE,
        quick=True,
    ),
    Fault(
        "alarm that fires already, and the cure",
        release(
            HEALTHY,
            end_termination_wait,
            before=surroundings.firing_alarm,
            ignore_alarms="it is the cure",
        ),
        RELEASED,
        (pages.CREATE,),
        quick=True,
    ),
    Fault(
        "desired count changed in mid-shift",
        release(HEALTHY, shifted(30), surroundings.scale(3), end_termination_wait, shift=CANARY),
        RELEASED,
        (pages.BLUE_GREEN,),
        "that both task sets get the new count",
        seconds=15,
        quick=True,
    ),
    Fault(
        "desired count that can't be reached",
        release(
            VANISHING, shifted(30), surroundings.lost_image, surroundings.scale(3), shift=CANARY
        ),
        failed("TIMEOUT", at="AllowTraffic"),
        (pages.BLUE_GREEN,),
        "the error code; that the event AllowTraffic waits",
        seconds=18,
    ),
    Fault(
        "releasing command killed, and resumed",
        _killed_and_resumed,
        RELEASED,
        (pages.STEPS,),
        seconds=30,
    ),
)
