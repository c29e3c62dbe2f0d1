"""Time that is over, and somebody who wants an end, both end whatever waits."""

import threading
from datetime import timedelta

import pytest

from prove.errors import OutOfTimeError, StoppedError
from prove.pace import Pace

MOMENT, LONG = timedelta(milliseconds=1), timedelta(hours=1)


def test_what_comes_true_is_waited_for() -> None:
    answers = iter([False, False, True])
    assert Pace("tea", limit=LONG, interval=MOMENT).wait_for(lambda: next(answers))


def test_patience_of_its_own_ends_a_wait_without_ending_the_scene() -> None:
    pace = Pace("tea", limit=LONG, interval=MOMENT)
    assert not pace.wait_for(lambda: False, timedelta(0))
    pace.look()


def test_the_limit_of_a_scene_ends_it() -> None:
    with pytest.raises(OutOfTimeError, match="tea: no time is left"):
        Pace("tea", limit=timedelta(0), interval=MOMENT).wait_for(lambda: False)


def test_the_end_that_all_scenes_share_ends_it_too() -> None:
    with pytest.raises(OutOfTimeError):
        Pace("tea", limit=LONG, interval=MOMENT, until=0).look()


@pytest.mark.parametrize("which", [0, 1])
def test_whoever_wants_an_end_is_heard(which: int) -> None:
    events = threading.Event(), threading.Event()
    pace = Pace("tea", limit=LONG, interval=MOMENT, stopped=events)
    pace.look()
    events[which].set()
    with pytest.raises(StoppedError, match="tea: stopped"):
        pace.wait_for(lambda: False)
