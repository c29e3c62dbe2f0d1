"""Who is heard when a run is to end."""

import signal

from prove.__main__ import Signals


def test_the_first_signal_stops_and_only_a_second_ctrl_c_abandons() -> None:
    for first in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signals = Signals()
        signals._receive(first, None)
        assert signals.stopped.is_set()
        assert not signals.abandoned.is_set()
        signals._receive(signal.SIGTERM, None)
        assert not signals.abandoned.is_set()
        signals._receive(signal.SIGINT, None)
        assert signals.abandoned.is_set()
