"""``slipway run``: one command as a task of its own, followed to its end."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from slipway.cli import output
from slipway.cli.interruption import StoppedError, say, stoppable, uninterrupted
from slipway.cli.person import who
from slipway.operations import one_off
from slipway.operations.following import Kind, Told, follow
from slipway.operations.one_off import OneOff, OneOffError, OneOffTask, Size
from slipway.operations.placement import cause_of
from slipway.release import Aws, AwsError, Target
from slipway.release.logs import printable
from slipway.settings.units import format_duration


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """How a command shall be run."""

    wanted: bool
    """Run what the stack wants, not what is live."""
    detach: bool
    timeout: timedelta | None
    size: Size
    as_json: bool


class _TimeoutError(BaseException):
    """A task has had its time; nothing that catches an error of ours catches it."""


def run(aws: Aws, target: Target, command: Sequence[str], wishes: Wishes) -> int:
    """Run a command with a service's image, environment and network; return its exit code.

    Raises
    ------
    OneOffError
        It never began, or it was stopped because its time was over.
    ReleaseError
        Nothing is live, AWS refuses, or can't be reached.
    """
    revision = target.revision if wishes.wanted else one_off.live_revision(aws, target)
    started: OneOff | None = None
    try:
        with stoppable():
            # A signal in the middle of this call would leave a task that nobody knows of.
            with uninterrupted():
                started = one_off.start(
                    aws, target, command, revision=revision, who=who(), size=wishes.size
                )
            say(f"Task {started.id} of {target.service}, {revision.rsplit('/', 1)[-1]}")
            if wishes.detach:
                return _detached(started, wishes)
            for told in _in_time(follow(aws, started), wishes.timeout):
                _tell(told, as_json=wishes.as_json)
            return _ended(one_off.told(started, one_off.describe(aws, started)), wishes)
    except StoppedError as stopped:
        if started is not None:
            _stop(aws, started, f"{who()} has stopped slipway run ({stopped.signal})")
        return stopped.exit_code
    except BrokenPipeError:
        # Nobody reads any more what it writes, as behind `| head`: a shell would end it, too.
        output.forget_standard_output()
        if started is not None:
            _stop(aws, started, "nobody reads the output of slipway run any more")
        return 128 + signal.SIGPIPE
    except AwsError:
        if started is not None:
            say(f"Task {started.id} goes on by itself; {_logs(started)} has what it writes")
        raise
    except _TimeoutError:
        assert started is not None  # noqa: S101 - there was something to wait for
        assert wishes.timeout is not None  # noqa: S101 - it is over
        limit = format_duration(wishes.timeout)
        _stop(aws, started, f"it ran for longer than the {limit} of slipway run")
        raise OneOffError(
            f"Task {started.id} had not ended after {limit}, and was stopped: give it more with "
            "--timeout"
        ) from None


def _in_time(told: Iterator[Told], timeout: timedelta | None) -> Iterator[Told]:
    """Pass on what is told, as long as there is time; a signal wakes who waits.

    Raises
    ------
    _TimeoutError
        It is over.
    """
    if timeout is None:
        yield from told
        return

    def over(*_: object) -> None:
        raise _TimeoutError

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, max(timeout.total_seconds(), 0.001))
    try:
        yield from told
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _detached(started: OneOff, wishes: Wishes) -> int:
    task = one_off.told(started, None)
    say(f"It goes on by itself; {_logs(started)} has what it writes")
    output.show(task, text=task.task, as_json=wishes.as_json)
    return 0


def _tell(told: Told, *, as_json: bool) -> None:
    """Show a line: standard output is the task's, unless the answer goes there."""
    if told.kind is Kind.PROGRESS:
        say(f"{time.strftime('%H:%M:%S')}  {told.text}")
        return
    stream = sys.stderr if as_json else sys.stdout
    # What a log holds must not steer somebody's terminal.
    print(printable(told.text) if stream.isatty() else told.text, file=stream, flush=True)


def _ended(task: OneOffTask, wishes: Wishes) -> int:
    """Say how it ended, and pass its exit code on."""
    if wishes.as_json:
        output.show(task, text="", as_json=True)
    if task.exit_code is None:
        cause = cause_of(task.reason or "")
        mend = f"{cause.mend[0].upper()}{cause.mend[1:]}; then" if cause else "Mend that, and"
        raise OneOffError(
            f"Task {task.task} never ran {task.command[0]}: {task.reason}. {mend} run it again"
        )
    why = "" if task.stop_code == "EssentialContainerExited" else f": {task.reason}"
    say(f"{task.command[0]} ended with exit code {task.exit_code}{why}")
    return task.exit_code


def _stop(aws: Aws, started: OneOff, reason: str) -> None:
    # Who presses Ctrl-C twice wants it to end all the more.
    with uninterrupted():
        one_off.stop(aws, started, reason=reason)
        say(
            f"\nTask {started.id} is being stopped: {started.command[0]} gets SIGTERM, and SIGKILL "
            f"if it takes too long; {_logs(started)} has what it wrote"
        )


def _logs(started: OneOff) -> str:
    return started.target.command("logs")
