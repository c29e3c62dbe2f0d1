"""How a rehearsal of the pipeline begins: a repository, a developer, and accounts of nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self

from slipway.rehearsal import yaml_file
from slipway.rehearsal.adaptation import fit_pipeline
from slipway.rehearsal.closing import close
from slipway.rehearsal.cloud import TIME_SCALE, LocalCloud
from slipway.rehearsal.connection import Account
from slipway.rehearsal.errors import RehearsalError
from slipway.rehearsal.folders import Folders
from slipway.rehearsal.pipeline.adaptation import narrow_tests
from slipway.rehearsal.pipeline.client import Pipeline
from slipway.rehearsal.pipeline.estate import Estate
from slipway.rehearsal.pipeline.packages import gather_packages
from slipway.rehearsal.pipeline.repository import Developer, Origin
from slipway.rehearsal.pipeline.tools import make_build_tools
from slipway.rehearsal.workspace import Workspace
from slipway.settings import PipelineNames, Settings, load


class RehearsedPipeline:
    """A copy of the project in a repository, and an AWS of its accounts, while the block lasts.

    Parameters
    ----------
    project
        The checkout.
    tell
        Told in a sentence what takes time.
    without
        The environments that the copy is to do without.
    time_scale, patience
        As `LocalCloud` takes them.
    """

    def __init__(
        self,
        project: Path,
        *,
        tell: Callable[[str], None] = lambda _: None,
        without: tuple[str, ...] = (),
        time_scale: float = TIME_SCALE,
        patience: float = 1.0,
    ) -> None:
        self.project = project
        self.folders = Folders.of(project)
        self.keep_logs = False
        """Whether the logs of this run outlive it although nothing was raised."""
        self._tell = tell
        self._without = without
        self._time_scale = time_scale
        self._patience = patience
        self._stack = ExitStack()
        self._also: Callable[[], None] = lambda: None

    def __enter__(self) -> Self:
        folder = self.folders.run
        origin = Origin.create(folder / "origin.git")
        self.developer = Developer.begin(self.project, origin, folder / "developer")
        workspace = self.developer.workspace
        for name in self._without:
            leave_environment_out(workspace, name)
        settings = load(workspace.directory)
        wanted, tooling = settings.application.pipeline, settings.application.tooling
        if wanted is None:
            raise RehearsalError(
                "slipway.yaml has no pipeline: there is nothing to rehearse; "
                "see docs/concepts/pipeline.md"
            )
        narrow_tests(workspace.directory)
        tools = folder / "tools"
        make_build_tools(tools, self.project, self.folders.images, self.folders.environments)
        packages = gather_packages(self.project, self.folders.packages, progress=self._tell)
        with ExitStack() as stack:
            self.cloud = stack.enter_context(
                LocalCloud(
                    Account(tooling.account, tooling.region),
                    folder,
                    project=self.project,
                    images=self.folders.images,
                    time_scale=self._time_scale,
                    patience=self._patience,
                    repositories={wanted.repository: origin.directory},
                    build_tools=tools,
                    variables=packages,
                )
            )
            fit_pipeline(workspace, self.cloud, self._tell)
            self._stack = stack.pop_all()
        self.estate = Estate(self.cloud, self.developer.directory, folder)
        self.pipeline = Pipeline(
            self.estate.connection().client,
            PipelineNames(self.settings.application.application).pipeline,
            tell=self._tell,
            look=self._look,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        close(self._stack, self.cloud, self.folders.run, error, keep_logs=self.keep_logs)

    @property
    def settings(self) -> Settings:
        """What the developer's clone says now."""
        return load(self.developer.directory)

    @property
    def environments(self) -> tuple[str, ...]:
        """The environments of the pipeline, in its order."""
        return tuple(each.name for each in chain.from_iterable(self.settings.waves))

    def look_also(self, look: Callable[[], None]) -> None:
        """Have something done each time the pipeline is asked."""
        self._also = look

    def _look(self) -> None:
        self.cloud.require_alive()
        self._also()


def leave_environment_out(workspace: Workspace, name: str) -> None:
    """Do without an environment, as docs/concepts/pipeline.md tells those who have no use for it.

    Whatever came after it comes after what it came after.
    """
    directory = workspace.directory
    before = load(directory).environment(name).pipeline
    for suffix in (".yaml", ".lock.yaml"):
        (directory / "environments" / f"{name}{suffix}").unlink(missing_ok=True)
    for file in (directory / "services").glob("*/service.yaml"):
        workspace.leave_out(f"services/{file.parent.name}/service.yaml", f"environments.{name}")
    for file in (directory / "environments").glob("*.yaml"):
        with yaml_file.edited(file) as settings:
            after = (settings.get("pipeline") or {}).get("after")
            if after and name in after:
                after[:] = [each for each in after if each != name] or list(
                    before.after if before else ()
                )
