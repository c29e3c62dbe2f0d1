"""``slipway rehearse``: run the story, survive being stopped, say how it went."""

from __future__ import annotations

import sys
from pathlib import Path

from slipway.cli.interruption import StoppedError, stoppable
from slipway.rehearsal.environment import ENVIRONMENT
from slipway.rehearsal.errors import RehearsalError
from slipway.rehearsal.keeping import PHASE as KEPT
from slipway.rehearsal.keeping import Keeping
from slipway.rehearsal.narration import Narration
from slipway.rehearsal.scenario import Rehearsal
from slipway.release import ReleaseError
from slipway.settings import load


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
    if sys.platform != "linux":
        print(
            "The rehearsal gives each task an address of its own in 127.0.0.0/8, which this "
            "system lacks; run it on Linux, or in a Linux virtual machine",
            file=sys.stderr,
        )
        return 1
    load(project).environment(ENVIRONMENT)
    narration = Narration()
    try:
        with stoppable():
            if keep:
                Keeping(project, narration).run()
            report = Rehearsal(project, project / "build" / "rehearsal", narration).run()
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
        requests = sum(traffic.requests for traffic, _ in report.pictures.values())
        print(f"Rehearsed in {report.duration.seconds} s: {requests} requests, none failed.")
    print("Look at build/rehearsal/report.html; report.json beside it is for machines.")
    return 1 if failed else 0
