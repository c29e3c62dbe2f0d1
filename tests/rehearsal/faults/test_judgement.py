"""A fault that ends otherwise than expected is told, whatever is otherwise."""

from dataclasses import replace

import pytest

from faults.ends import RELEASED, failed, stopped_by_alarm
from faults.fault import EVENTS, Serves
from faults.judgement import discrepancies
from faults.requests import Requests
from faults.scene import Seen

END = failed("TIMEOUT", at="Install")
REQUESTS = Requests(
    sent=100,
    failed=0,
    outside=0,
    allowed=0,
    seconds=0.0,
    typical_ms=5.0,
    share=0.0,
    revisions=("shop:1",),
)
SEEN = Seen(
    status="Failed",
    code="TIMEOUT",
    message="it took too long",
    events=dict.fromkeys(EVENTS, "Skipped") | {"BeforeInstall": "Succeeded", "Install": "Failed"},
    rollback="Succeeded",
    rolls_back="d-1",
    deployment="d-1",
    serves=Serves.BLUE,
    primary=Serves.BLUE,
    test_listener=Serves.BLUE,
    answered_by=(Serves.BLUE,),
    requests=REQUESTS,
)


def test_what_ends_as_expected_is_not_told():
    assert discrepancies(END, SEEN) == []


@pytest.mark.parametrize(
    ("otherwise", "told"),
    [
        ({"status": "Stopped"}, "status: expected Failed, saw Stopped"),
        ({"code": None}, "error code: expected TIMEOUT, saw none"),
        ({"events": dict.fromkeys(EVENTS, "Succeeded")}, "lifecycle events"),
        ({"rollback": None}, "rollback: expected Succeeded, saw none"),
        ({"rolls_back": "d-2"}, "what the rollback undoes: expected d-1, saw d-2"),
        ({"serves": Serves.BOTH}, "production traffic: expected blue, saw both"),
        ({"primary": Serves.GREEN}, "primary task set: expected blue, saw green"),
        ({"test_listener": Serves.GREEN}, "test traffic: expected blue, saw green"),
        ({"answered_by": (Serves.BLUE, "nobody")}, "saw blue and nobody"),
        ({"requests": replace(REQUESTS, failed=1, outside=1)}, "1 requests failed that could"),
        ({"requests": replace(REQUESTS, failed=5, allowed=4)}, "5 of 100 requests failed, 4 may"),
        ({"requests": replace(REQUESTS, sent=0)}, "no request was sent"),
    ],
)
def test_each_difference_is_told(otherwise, told):
    found = "\n".join(discrepancies(END, replace(SEEN, **otherwise)))
    assert told in found
    assert "CodeDeploy said: it took too long" in found


def test_a_machine_that_was_too_busy_is_told_beside_the_differences_and_is_none_itself():
    busy = replace(SEEN, requests=replace(REQUESTS, typical_ms=4000.0))
    assert discrepancies(END, busy) == []
    assert "too busy" in discrepancies(END, replace(busy, status="Stopped"))[-1]


def test_events_before_the_failing_one_succeeded_and_later_ones_are_skipped():
    events = stopped_by_alarm(at="AllowTraffic").events()
    assert list(events) == list(EVENTS)
    assert list(events.values()) == ["Succeeded"] * 6 + ["Failed", "Skipped"]
    assert set(RELEASED.events().values()) == {"Succeeded"}
