"""The environment of a kept rehearsal, as any process on this machine deploys to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from slipway.rehearsal.deployed import DeployedEnvironment
from slipway.rehearsal.environment import ENVIRONMENT
from slipway.rehearsal.folders import Folders
from slipway.rehearsal.kept import Kept
from slipway.rehearsal.one_at_a_time import one_at_a_time
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

    Whoever keeps the rehearsal sees that it is over.
    """

    def waiting() -> None:
        tell("Another deployment to this rehearsal is under way: waiting for its end")

    with one_at_a_time(environment.folders.run / _LOCK, waiting=waiting):
        yield
        (environment.folders.run / _MARK).touch()


def last_deployment(environment: DeployedEnvironment) -> float:
    """Tell when the last deployment ended well, as a time of this machine's clock; 0 before."""
    try:
        return (environment.folders.run / _MARK).stat().st_mtime
    except FileNotFoundError:
        return 0
