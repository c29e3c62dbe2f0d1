"""``slipway exec``: a shell, or another command, in a task that runs."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from slipway.cli.interruption import StoppedError, say, stoppable
from slipway.cli.output import forget_standard_output
from slipway.operations import session
from slipway.operations.session import SessionError
from slipway.release import Aws, Target

SHELL = ("/bin/sh",)

_PLUGIN = "session-manager-plugin"
_HOW_TO_GET_IT = (
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/"
    "session-manager-working-with-install-plugin.html"
)


def execute(
    aws: Aws, target: Target, command: Sequence[str], *, task: str | None, rehearsed: bool
) -> int:
    """Run a command in a task, with this terminal, and return its exit code.

    On AWS this process becomes ``session-manager-plugin``.

    Raises
    ------
    SessionError
        ``session-manager-plugin`` isn't installed, or the task allows no session.
    ReleaseError
        There is no such task, AWS refuses, or can't be reached.
    RehearsalError
        The session broke off.
    """
    # Before a session is opened that nobody would use.
    program = None if rehearsed else _plugin()
    found = session.tasks(aws, target)
    chosen = session.choose(found, target, task)
    live = sum(each.is_live for each in found)
    others = f", one of {live} that are live (--task names another)" if task is None else ""
    say(f"Task {chosen.id} of {target.service}{others}")
    opened = session.begin(aws, target, chosen, command)
    if program is None:
        return _sit_in(opened.answer)
    return _become(
        session.plugin_command(
            program,
            opened,
            region=aws.ecs.meta.region_name,
            profile=os.environ.get("AWS_PROFILE", ""),
            endpoint=aws.ecs.meta.endpoint_url,
        )
    )


def _sit_in(answer: dict[str, str]) -> int:
    from slipway.rehearsal.session import sit_in

    try:
        with stoppable():
            return sit_in(
                answer["streamUrl"], session=answer["sessionId"], token=answer["tokenValue"]
            )
    except StoppedError as stopped:
        return stopped.exit_code
    except BrokenPipeError:
        forget_standard_output()
        return 128 + signal.SIGPIPE


def _plugin() -> str:
    found = shutil.which(_PLUGIN)
    if found is None:
        raise SessionError(
            f"Sessions need AWS's {_PLUGIN}, which is not on PATH: install it ({_HOW_TO_GET_IT}), "
            "then try again"
        )
    return found


def _become(command: list[str]) -> NoReturn:
    """Let the plugin take this process's place: the terminal, its signals and its end are its."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(command[0], command)  # noqa: S606 - AWS's own program, found on PATH
