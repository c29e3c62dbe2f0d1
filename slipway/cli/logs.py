"""``slipway logs``: log lines on standard output, what is said about them on standard error.

With ``--json`` each line is a document of its own, so that a reader needn't wait for an end.
"""

from __future__ import annotations

import contextlib
import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from slipway.cli.interruption import StoppedError, say, stoppable
from slipway.cli.output import forget_standard_output
from slipway.cli.usage import UsageError
from slipway.release import Aws, LogLine, Target, hook_lines, task_lines


def expression(text: str | None) -> re.Pattern[str] | None:
    """Read a regular expression.

    Raises
    ------
    UsageError
        It is none.
    """
    try:
        return re.compile(text) if text is not None else None
    except re.error as error:
        raise UsageError(f"--grep: {text!r} is not a regular expression: {error}") from error


def tasks(
    aws: Aws,
    target: Target,
    *,
    since: timedelta,
    follow: bool,
    pattern: re.Pattern[str] | None,
    as_json: bool,
) -> int:
    """Print what the service's tasks have logged, and with `follow` whatever comes."""
    began = datetime.now(UTC) - since
    try:
        # Ctrl-C is how one leaves, and no error.
        with stoppable():
            lines = task_lines(aws, target, since=began, follow=follow)
            shown = _print(lines, pattern, as_json=as_json)
    except StoppedError as stopped:
        return 0 if follow else stopped.exit_code
    if not shown:
        matching = " that matches" if pattern else ""
        say(
            f"{target.service} has logged nothing{matching} since "
            f"{began.astimezone():%Y-%m-%d %H:%M:%S}: look further back with --since"
        )
    return 0


def hooks(aws: Aws, target: Target, *, pattern: re.Pattern[str] | None, as_json: bool) -> int:
    """Print what the hooks of the last deployment have logged."""
    last, lines = hook_lines(aws, target)
    if last is None:
        say(f"{target.service} has never been released, no hook has run")
        return 0
    revision = f" of {last.revision}" if last.revision else ""
    say(f"Hooks of the deployment {last.id}{revision}, {last.status}")
    if not _print(lines, pattern, as_json=as_json):
        say("They have logged nothing" + (" that matches" if pattern else ""))
    return 0


def _print(lines: Iterable[LogLine], pattern: re.Pattern[str] | None, *, as_json: bool) -> int:
    """Print lines, each with its time and where it comes from; return how many."""
    put = in_json if as_json else in_text
    shown = 0
    with _reader_may_leave():
        for line in lines:
            if pattern and not pattern.search(line.text):
                continue
            shown += 1
            print(put(line), flush=True)
    return shown


def in_text(line: LogLine) -> str:
    """Put a line as a person reads it."""
    return f"{line.time.astimezone():%Y-%m-%d %H:%M:%S}  {line.source}  {line.text}"


def in_json(line: LogLine) -> str:
    """Put a line as JSON on one line, its time as wide as every other's: they sort as text.

    In ASCII: nothing in it ends a line or steers a terminal.
    """
    when = line.time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    # The only control character that JSON lets stand.
    return json.dumps({**asdict(line), "time": when}).replace("\x7f", "\\u007f")


@contextlib.contextmanager
def _reader_may_leave() -> Iterator[None]:
    """End quietly when nobody reads any more, as behind ``| head``."""
    try:
        yield
    except BrokenPipeError:
        forget_standard_output()
        sys.exit(0)
