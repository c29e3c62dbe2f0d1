"""An environment of the project, deployed to a local AWS the way it is deployed to a real one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from slipway.rehearsal.adaptation import (
    choose_ports,
    keep_registry_with,
    leave_out_canaries,
    make_hosted_zone,
)
from slipway.rehearsal.closing import close
from slipway.rehearsal.cloud import TIME_SCALE, LocalCloud
from slipway.rehearsal.connection import Account
from slipway.rehearsal.deployed import DeployedEnvironment
from slipway.rehearsal.folders import Folders
from slipway.rehearsal.workspace import Workspace
from slipway.settings import load

ENVIRONMENT = "local"


class RehearsedEnvironment(DeployedEnvironment):
    """An environment of the project on a local AWS that lives as long as the block.

    Parameters
    ----------
    project
        The checkout.
    name
        The environment's name.
    tell
        Told in a sentence what takes time.
    time_scale, patience
        As `LocalCloud` takes them.
    prepare
        Changes the copy of the project before anything is made from it.
    """

    cloud: LocalCloud

    def __init__(
        self,
        project: Path,
        *,
        name: str = ENVIRONMENT,
        tell: Callable[[str], None] = lambda _: None,
        time_scale: float = TIME_SCALE,
        patience: float = 1.0,
        prepare: Callable[[Workspace], None] = lambda _: None,
    ) -> None:
        super().__init__(project, name=name, folders=Folders.of(project), tell=tell)
        self._time_scale = time_scale
        self._patience = patience
        self._prepare = prepare
        self._stack = ExitStack()
        self.keep_logs = False
        """Whether the logs of this run outlive it although nothing was raised."""

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.workspace = Workspace.create(self.project, self.folders.run / "workspace")
            self._prepare(self.workspace)
            choose_ports(self.workspace, self.name, self._tell)
            leave_out_canaries(self.workspace, self.name, self._tell)
            keep_registry_with(self.workspace, self.name)
            environment = load(self.workspace.directory).environment(self.name)
            self.cloud = stack.enter_context(
                LocalCloud(
                    Account(environment.account, environment.region),
                    self.folders.run,
                    project=self.project,
                    images=self.folders.images,
                    time_scale=self._time_scale,
                    patience=self._patience,
                )
            )
            make_hosted_zone(self.workspace, self.name, self.cloud)
            self.settings = load(self.workspace.directory)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        close(self._stack, self.cloud, self.folders.run, error, keep_logs=self.keep_logs)
