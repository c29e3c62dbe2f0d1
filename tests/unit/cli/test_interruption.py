"""What a signal does to a command."""

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from slipway.cli.interruption import StoppedError, stoppable, uninterrupted


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_who_starts_it_with_nohup_may_close_the_terminal() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with stoppable():
        os.kill(os.getpid(), signal.SIGHUP)
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_a_closed_terminal_stops_any_other_command() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    with pytest.raises(StoppedError) as stopped, stoppable():
        os.kill(os.getpid(), signal.SIGHUP)
    assert stopped.value.exit_code == 128 + signal.SIGHUP


def test_a_signal_waits_for_the_end_of_what_must_not_be_interrupted() -> None:
    done = []
    over = threading.Event()
    # The kernel may give a signal to any thread of the process.
    other = threading.Thread(target=over.wait)
    other.start()
    try:
        with pytest.raises(StoppedError), stoppable():
            with uninterrupted():
                os.kill(os.getpid(), signal.SIGINT)
                done.append("to its end")
            done.append("beyond it")
    finally:
        over.set()
        other.join()
    assert done == ["to its end"]
