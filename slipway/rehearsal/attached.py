"""The environment of a kept rehearsal, as any process on this machine deploys to it."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from slipway.rehearsal.deployed import DeployedEnvironment
from slipway.rehearsal.environment import ENVIRONMENT
from slipway.rehearsal.folders import Folders
from slipway.rehearsal.kept import Kept
from slipway.rehearsal.reach import Reach
from slipway.rehearsal.workspace import Workspace

_LOCK = "deploying.lock"
_MARK = "deployed"


class AttachedEnvironment(DeployedEnvironment):
    """The environment of a rehearsal that another process keeps.

    Its settings are there once it follows the project.

    Parameters
    ----------
    project
        The checkout whose settings and services are deployed.
    tools
        The checkout whose CDK command line is run.
    kept
        Where the rehearsal is.
    tell
        Told in a sentence what takes time.
    """

    def __init__(
        self, project: Path, kept: Kept, *, tools: Path, tell: Callable[[str], None]
    ) -> None:
        workspace = Path(kept.workspace)
        folders = Folders.around(project, workspace.parent)
        super().__init__(project, name=ENVIRONMENT, folders=folders, tell=tell)
        self.workspace = Workspace(workspace)
        self.cloud = Reach(
            kept.connection.account,
            folders.run,
            project=tools,
            endpoint=kept.endpoint,
            certificate_authority=Path(kept.certificate_authority),
        )


@contextmanager
def one_deployment(environment: DeployedEnvironment, tell: Callable[[str], None]) -> Iterator[None]:
    """Deploy to a kept rehearsal as the only one who does; wait for whoever is at it.

    The kernel drops the lock with its process. Whoever keeps the rehearsal sees that it is over.
    """
    with (environment.folders.run / _LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("Another deployment to this rehearsal is under way: waiting for its end")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
        (environment.folders.run / _MARK).touch()


def last_deployment(environment: DeployedEnvironment) -> float:
    """Tell when the last deployment ended well, as a time of this machine's clock; 0 before."""
    try:
        return (environment.folders.run / _MARK).stat().st_mtime
    except FileNotFoundError:
        return 0
