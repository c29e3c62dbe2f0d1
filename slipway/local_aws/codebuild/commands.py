"""The phases whose commands a buildspec says, in one shell."""

from __future__ import annotations

import contextlib

from slipway.local_aws.codebuild.buildspec import PHASES, Buildspec, Phase
from slipway.local_aws.codebuild.errors import PhaseFailedError
from slipway.local_aws.codebuild.process import Shell
from slipway.local_aws.codebuild.progress import Progress

_FAILING = "export CODEBUILD_BUILD_SUCCEEDING=0"


def run_phases(buildspec: Buildspec, shell: Shell, progress: Progress) -> None:
    """Run the commands of all phases.

    A failure in ``install`` or ``pre_build`` ends the build; after one in ``build``, ``post_build``
    runs all the same. A phase's ``on-failure`` says otherwise.
    https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details-phases.html

    Raises
    ------
    PhaseFailedError
        A phase has failed that ends the build.
    """
    for name in PHASES:
        phase = buildspec.phases.get(name, Phase())
        goes_on = phase.on_failure == "CONTINUE" or (
            phase.on_failure is None and name in ("build", "post_build")
        )
        passed_over = contextlib.suppress(PhaseFailedError) if goes_on else contextlib.nullcontext()
        with passed_over, progress.phase(name.upper()):
            _run(phase, shell, progress)


def _run(phase: Phase, shell: Shell, progress: Progress) -> None:
    failure = _run_until_one_fails(phase.commands, shell, progress)
    finally_failure = _run_until_one_fails(phase.finally_, shell, progress)
    if failure or finally_failure:
        raise PhaseFailedError("COMMAND_EXECUTION_ERROR", str(failure or finally_failure))


def _run_until_one_fails(commands: tuple[str, ...], shell: Shell, progress: Progress) -> str | None:
    for command in commands:
        progress.log.say(f"Running command {command}")
        code = shell.run(command)
        if code != 0:
            progress.log.say(f"Command did not exit successfully {command} exit status {code}")
            shell.run(_FAILING)
            return f"Error while executing command: {command}. Reason: exit status {code}"
    return None
