"""The story of a rehearsal: an environment, releases under traffic, a bad one, a clean end."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from slipway.rehearsal import chapters
from slipway.rehearsal.adaptation import allow_for_stalls
from slipway.rehearsal.checks import Checks
from slipway.rehearsal.narration import Narration
from slipway.rehearsal.opening import open_environment
from slipway.rehearsal.publication import publish
from slipway.rehearsal.releases import Releases
from slipway.rehearsal.report import Deployment, Report, Stack
from slipway.rehearsal.scene import CALLED, SERVICE, Scene
from slipway.rehearsal.story import played
from slipway.rehearsal.traffic import Traffic


@dataclass
class Rehearsal:
    """One rehearsal from beginning to end.

    Parameters
    ----------
    project
        The checkout.
    reports
        Where ``report.json`` and ``report.html`` go.
    narration
        Where it says what it does.
    """

    project: Path
    reports: Path
    narration: Narration = field(default_factory=Narration)
    _started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    _stacks: tuple[Stack, ...] = ()
    _traffic: dict[str, Traffic] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._checks = Checks(self.narration.tell)
        self._releases: Releases | None = None

    def run(self) -> Report:
        """Play the whole story and write the report.

        Raises
        ------
        RehearsalError, ReleaseError, SettingsError
            Something could not go on. The report says what had happened until then.
        """
        return played(
            self._play, report=self._report, publish=lambda told: publish(told, self.reports)
        )

    def _play(self) -> None:
        tell, phase = self.narration.tell, self.narration.phase
        with ExitStack() as stack:
            environment = open_environment(
                self.project, self.narration, stack, prepare=allow_for_stalls
            )
            self._stacks = environment.stacks()
            self._releases = Releases(environment, tell)
            scene = Scene(environment, self._releases, self._checks, tell)
            with phase("serving"):
                chapters.serve(scene, stack)
            with phase("shift"):
                chapters.release_version_2(scene, SERVICE)
                chapters.release_version_2(scene, CALLED)
            with phase("serving"):
                scene.check_call("2")
            with phase("shift"):
                chapters.reject_version_3(scene)
            self._traffic = {service: load.stop() for service, load in scene.loads.items()}
            scene.check_traffic(self._traffic)
            with phase("teardown"):
                scene.check_frozen_services()
                tell("cdk destroy of every stack")
                environment.destroy()
                remaining = environment.remaining_stacks()
                self._checks.check("every stack is deleted", not remaining, ", ".join(remaining))
                environment.keep_logs = not self._checks.passed

    def _report(self, error: str | None) -> Report:
        deployments: list[Deployment] = self._releases.deployments if self._releases else []
        passed = error is None and self._checks.passed
        return Report(
            status="passed" if passed else "failed",
            service=SERVICE,
            started_at=self._started_at,
            duration=self.narration.elapsed,
            stacks=self._stacks,
            deployments=tuple(deployments),
            traffic=self._traffic.get(SERVICE),
            other_traffic={
                service: each for service, each in self._traffic.items() if service != SERVICE
            },
            checks=tuple(self._checks.made),
            error=error,
        )
