"""``slipway rehearse``: run the story, survive being stopped, say how it went."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from slipway.cli.interruption import StoppedError, stoppable
from slipway.rehearsal.environment import ENVIRONMENT
from slipway.rehearsal.errors import RehearsalError
from slipway.rehearsal.keeping import PHASE as KEPT
from slipway.rehearsal.keeping import Keeping
from slipway.rehearsal.narration import Narration
from slipway.rehearsal.report import Check, Report
from slipway.rehearsal.scenario import Rehearsal
from slipway.release import ReleaseError
from slipway.settings import load

_BUILD = Path("build")


class _Played(Protocol):
    """What every story leaves behind."""

    @property
    def checks(self) -> Sequence[Check]: ...
    @property
    def duration(self) -> timedelta: ...
    @property
    def requests(self) -> int: ...


def rehearse(project: Path, *, keep: bool = False) -> int:
    """Rehearse in a checkout, and return the exit code.

    Parameters
    ----------
    project
        The checkout.
    keep
        Play no story: leave everything running until a signal comes.

    Returns
    -------
    int
        0 if everything held, 1 if something did not, 128 + n after signal n; what was kept ends
        with 0, by whatever signal.

    Raises
    ------
    SettingsError
        The settings are wrong, or have no environment to rehearse in; nothing has started yet.
    """
    if not _is_linux():
        return 1
    load(project).environment(ENVIRONMENT)
    narration = Narration()

    def play() -> Report:
        if keep:
            Keeping(project, narration).run()
        return Rehearsal(project, project / _BUILD / "rehearsal", narration).run()

    return _ended(narration, play, _BUILD / "rehearsal")


def rehearse_pipeline(project: Path, *, quick: bool = False) -> int:
    """Rehearse a checkout's pipeline, and return the exit code.

    Parameters
    ----------
    project
        The checkout.
    quick
        Only the first run and a release, in two environments.

    Returns
    -------
    int
        0 if everything held, 1 if something did not, 128 + n after signal n.

    Raises
    ------
    SettingsError
        The settings are wrong; nothing has started yet.
    """
    from slipway.rehearsal.pipeline.report import PipelineReport
    from slipway.rehearsal.pipeline.scenario import PipelineRehearsal

    if not _is_linux():
        return 1
    load(project)
    narration = Narration()
    reports = _BUILD / "rehearsal-pipeline"

    def play() -> PipelineReport:
        return PipelineRehearsal(project, project / reports, narration, quick=quick).run()

    return _ended(narration, play, reports)


def _is_linux() -> bool:
    if sys.platform == "linux":
        return True
    print(
        "The rehearsal gives each task an address of its own in 127.0.0.0/8, which this "
        "system lacks; run it on Linux, or in a Linux virtual machine",
        file=sys.stderr,
    )
    return False


def _ended(narration: Narration, play: Callable[[], _Played], reports: Path) -> int:
    """Play a story, say how it ended, and return the exit code."""
    try:
        with stoppable():
            report = play()
    except StoppedError as stopped:
        phase = narration.phase_name
        print(f"\nStopped by {stopped.signal} in phase {phase}; nothing is left running.")
        return 0 if phase == KEPT else stopped.exit_code
    except (RehearsalError, ReleaseError) as error:
        print(f"\nThe rehearsal failed in phase {narration.phase_name}: {error}", file=sys.stderr)
        return 1
    failed = [check.name for check in report.checks if not check.passed]
    print()
    if failed:
        print(f"The rehearsal failed: {'; '.join(failed)}.")
        print("Its logs are in build/rehearsal/run-… until the next run.")
    else:
        print(f"Rehearsed in {report.duration.seconds} s: {report.requests} requests, none failed.")
    print(f"Look at {reports}/report.html; report.json beside it is for machines.")
    return 1 if failed else 0
