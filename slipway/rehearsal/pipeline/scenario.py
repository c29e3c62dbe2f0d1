"""The story of a rehearsal of the pipeline: pushes, approvals, refusals, and what came of them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from slipway.rehearsal.checks import Checks
from slipway.rehearsal.narration import Narration
from slipway.rehearsal.pipeline import chapters
from slipway.rehearsal.pipeline.changes import SERVICE
from slipway.rehearsal.pipeline.opening import RehearsedPipeline
from slipway.rehearsal.pipeline.publication import publish
from slipway.rehearsal.pipeline.report import EnvironmentDeployment, Execution, PipelineReport
from slipway.rehearsal.pipeline.scene import AT_STAKE, TRIED, Scene
from slipway.rehearsal.pipeline.visitors import Visitors
from slipway.rehearsal.story import played
from slipway.rehearsal.traffic import Traffic

# An environment before those in which something is tried: a quick run does without.
_BEFORE = "dev"


@dataclass
class PipelineRehearsal:
    """One rehearsal from beginning to end.

    Parameters
    ----------
    project
        The checkout.
    reports
        Where ``report.json`` and ``report.html`` go.
    narration
        Where it says what it does.
    quick
        Only the first run and a release, in two environments.
    """

    project: Path
    reports: Path
    narration: Narration = field(default_factory=Narration)
    quick: bool = False
    _started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    _environments: tuple[str, ...] = ()
    _executions: tuple[Execution, ...] = ()
    _deployments: tuple[EnvironmentDeployment, ...] = ()
    _traffic: Mapping[str, Traffic] = field(default_factory=dict)
    _scene: Scene | None = None

    def __post_init__(self) -> None:
        self._checks = Checks(self.narration.tell)

    def run(self) -> PipelineReport:
        """Play the whole story and write the report.

        Raises
        ------
        RehearsalError, SettingsError
            Something could not go on. The report says what had happened until then.
        """
        return played(
            self._play, report=self._report, publish=lambda told: publish(told, self.reports)
        )

    def _play(self) -> None:
        tell, phase = self.narration.tell, self.narration.phase
        with ExitStack() as stack:
            with phase("set-up"):
                tell("Copying the project into a repository, starting an AWS of its accounts here")
                rehearsed = stack.enter_context(
                    RehearsedPipeline(
                        self.project, tell=tell, without=(_BEFORE,) if self.quick else ()
                    )
                )
            visitors = stack.enter_context(
                Visitors(rehearsed.estate, SERVICE, (TRIED, AT_STAKE), rehearsed.folders.run, tell)
            )
            rehearsed.look_also(visitors.look)
            self._environments = rehearsed.environments
            self._scene = Scene(rehearsed, visitors, self._checks, tell)
            with phase("bootstrap"):
                rehearsed.developer.put("The shop")
                tell(f"slipway bootstrap --tooling, and of {', '.join(rehearsed.environments)}")
                rehearsed.estate.bootstrap()
            with phase("deploy"):
                tell("cdk deploy Toolchain: from now on there is only git push")
                rehearsed.estate.deploy_pipeline()
            # From here on there is something to read, however it goes on.
            stack.push(self._read_at_the_end)
            with phase("first run"):
                chapters.first_run(self._scene)
            with phase("release"):
                chapters.refused_then_approved(self._scene)
            if not self.quick:
                with phase("service"):
                    chapters.new_service(self._scene)
                with phase("reject"):
                    rejected = chapters.rejected(self._scene)
                with phase("policy"):
                    chapters.against_policy(self._scene, rejected)
            with phase("end"):
                self._check_traffic(visitors)
                rehearsed.keep_logs = not self._checks.passed

    def _check_traffic(self, visitors: Visitors) -> None:
        check = self._checks.check
        self._traffic = visitors.stop()
        for environment, traffic in self._traffic.items():
            check(
                f"no request in {environment} failed",
                traffic.requests > 0 and traffic.failed == 0,
                f"{traffic.failed} of {traffic.requests}",
            )
            check(
                f"clients in {environment} got versions 1 and 2, and no other",
                set(traffic.versions) == {"1", "2"},
                ", ".join(f"version {name}: {count}" for name, count in traffic.versions.items()),
            )

    def _read_at_the_end(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Put down for the report what there is to tell, while there is somebody to ask."""
        try:
            self._read()
        except Exception:
            # What ended the rehearsal says more than what can't be read after it.
            if error is None:
                raise

    def _read(self) -> None:
        scene = self._scene
        if scene is None or scene.rehearsed.cloud.has_died:
            return
        self._traffic = self._traffic or scene.visitors.so_far()
        self._executions = tuple(
            scene.reader.execution(execution, title) for execution, title in scene.titles.items()
        )
        self._deployments = tuple(scene.evidence.deployments(self._executions, scene.services))

    def _report(self, error: str | None) -> PipelineReport:
        scene = self._scene
        return PipelineReport(
            status="passed" if error is None and self._checks.passed else "failed",
            pipeline=scene.pipeline.name if scene else "",
            started_at=self._started_at,
            duration=self.narration.elapsed,
            environments=self._environments,
            service=SERVICE,
            executions=self._executions,
            deployments=self._deployments,
            traffic=self._traffic,
            digests=tuple(scene.digests) if scene else (),
            checks=tuple(self._checks.made),
            error=error,
        )
