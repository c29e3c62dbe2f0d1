"""The story of a rehearsal of the pipeline: pushes, approvals, refusals, and what came of them."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from slipway.rehearsal.checks import Checks
from slipway.rehearsal.narration import Narration
from slipway.rehearsal.pipeline.changes import CALLED, NEW_SERVICE, SERVICE, Changes
from slipway.rehearsal.pipeline.client import ENDED, Approval
from slipway.rehearsal.pipeline.evidence import Evidence
from slipway.rehearsal.pipeline.opening import RehearsedPipeline
from slipway.rehearsal.pipeline.publication import publish
from slipway.rehearsal.pipeline.reading import Reader
from slipway.rehearsal.pipeline.report import (
    Digest,
    EnvironmentDeployment,
    Execution,
    PipelineReport,
)
from slipway.rehearsal.pipeline.visitors import Visitors
from slipway.rehearsal.releases import happens
from slipway.rehearsal.traffic import Traffic

# Where changes are tried, and what is at stake. What comes before is left out of a quick run.
TRIED, AT_STAKE = "staging", "prod"
BEFORE = "dev"

_TO_BEGIN = timedelta(minutes=2)
_TO_END = timedelta(minutes=30)
_BASELINE = timedelta(seconds=3)
_REFUSAL = "Not on a Friday"

# The check that a storefront must fail which greets with other words.
_REJECTING_EVENT = "AfterAllowTestTraffic"


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
    _titles: dict[str, str] = field(default_factory=dict)
    """What each execution was to do, by its id, in the order in which they began."""
    _executions: tuple[Execution, ...] = ()
    _deployments: tuple[EnvironmentDeployment, ...] = ()
    _digests: list[Digest] = field(default_factory=list)
    _traffic: dict[str, Traffic] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._checks = Checks(self.narration.tell)
        self._rehearsed: RehearsedPipeline | None = None

    def run(self) -> PipelineReport:
        """Play the whole story and write the report.

        Raises
        ------
        RehearsalError, SettingsError
            Something could not go on. The report says what had happened until then.
        """
        error: str | None = "interrupted"
        try:
            self._play()
            error = None
        except Exception as problem:
            error = str(problem)
            raise
        finally:
            report = self._report(error)
            publish(report, self.reports)
        return report

    def _play(self) -> None:
        tell, phase = self.narration.tell, self.narration.phase
        with ExitStack() as stack:
            with phase("set-up"):
                tell("Copying the project into a repository, starting an AWS of its accounts here")
                self._rehearsed = stack.enter_context(
                    RehearsedPipeline(
                        self.project, tell=tell, without=(BEFORE,) if self.quick else ()
                    )
                )
            rehearsed = self._rehearsed
            stack.callback(self._read)
            self._evidence = Evidence(rehearsed.estate)
            self._changes = Changes(rehearsed.developer)
            self._visitors = stack.enter_context(
                Visitors(rehearsed.estate, SERVICE, (TRIED, AT_STAKE), rehearsed.folders.run, tell)
            )
            rehearsed.look_also(self._visitors.look)
            self._bring_up()
            self._first_run()
            self._release_version_2()
            if not self.quick:
                self._add_a_service()
                rejected = self._have_version_3_rejected()
                self._go_against_policy(rejected)
            self._check_traffic()
            rehearsed.keep_logs = not self._checks.passed

    def _bring_up(self) -> None:
        """Do once what docs/pipeline.md asks of people: bootstrap, one deployment."""
        rehearsed, tell = self._here, self.narration.tell
        with self.narration.phase("bootstrap"):
            rehearsed.developer.put("The shop")
            tell(f"slipway bootstrap --tooling, and of {', '.join(rehearsed.environments)}")
            rehearsed.estate.bootstrap()
        with self.narration.phase("deploy"):
            tell("cdk deploy Toolchain: the last command but git push")
            rehearsed.estate.deploy_pipeline()

    def _first_run(self) -> None:
        check = self._checks.check
        with self.narration.phase("first run"):
            execution = self._begun("the first run, which creates every environment")
            status, proved = self._go_all_the_way(execution, "Open the shop")
            check(
                "the first run creates every environment",
                status == "Succeeded",
                self._why(execution) or ", ".join(self._here.environments),
            )
            for environment in self._here.environments:
                answer = self._here.estate.ask(environment, SERVICE, "/")
                served = (answer["version"], (answer.get(CALLED) or {}).get("version"))
                check(
                    f"version 1 is served in {environment}, and calls {CALLED} there",
                    served == ("1", "1"),
                    self._here.settings.url(environment, SERVICE),
                )
            self._check_digests(execution, proved)

    def _release_version_2(self) -> None:
        check = self._checks.check
        with self.narration.phase("release"):
            self.narration.tell("A change of the storefront's code: git push")
            self._changes.next_version("1", "2")
            since = datetime.now(UTC)
            execution = self._push("Version 2 of the storefront", f"version 2 of {SERVICE}")
            approval = self._follow_until_asked(execution)
            if approval is None:
                check(f"somebody is asked before {AT_STAKE}", False, self._why(execution))
                return
            check(
                f"version 2 is released in {TRIED} before somebody is asked",
                happens(lambda: self._share(TRIED) == {"2": 1.0}),
                self._counts(TRIED),
            )
            self.narration.tell(f"{approval.action}: refused")
            self._here.pipeline.answer(approval, agree=False, words=_REFUSAL)
            status = self._follow(execution)
            refused = [
                failure.message
                for failure in self._here.pipeline.failures(execution)
                if failure.action == approval.action
            ]
            check(
                "a refused approval stops the pipeline, and says so",
                status == "Failed" and any(_REFUSAL in message for message in refused),
                "; ".join(refused) or status,
            )
            self._check_untouched(AT_STAKE, since, "after the refusal", version="1")
            self.narration.tell(f"The stage {approval.stage} is retried, and approved")
            self._here.pipeline.retry(execution, approval.stage)
            status, proved = self._go_all_the_way(execution, "On Monday, then")
            check(
                f"approved, version 2 is released in {AT_STAKE}",
                status == "Succeeded" and happens(lambda: self._share(AT_STAKE) == {"2": 1.0}),
                self._why(execution) or self._counts(AT_STAKE),
            )
            self._check_digests(execution, proved)

    def _add_a_service(self) -> None:
        check = self._checks.check
        with self.narration.phase("service"):
            self.narration.tell(f"A new folder, services/{NEW_SERVICE}: git push, and no more")
            pipeline, version = self._here.pipeline, self._here.pipeline.version()
            self._changes.new_service()
            first = self._push(f"A service: {NEW_SERVICE}", f"the new service {NEW_SERVICE}")
            status = self._follow(first)
            again = self._begun(f"{NEW_SERVICE}, by the pipeline as it is now")
            check(
                "the pipeline changes itself, and starts again",
                pipeline.version() > version and status in ENDED - {"Succeeded"},
                f"version {version} of it, then {pipeline.version()}; the first run is {status}",
            )
            status, proved = self._go_all_the_way(again, f"{NEW_SERVICE} may come")
            check(
                "the new service is built and deployed without a further command",
                status == "Succeeded",
                self._why(again) or pipeline.name,
            )
            for environment in self._here.environments:
                answer = self._here.estate.ask(environment, NEW_SERVICE, "/version")
                check(
                    f"{NEW_SERVICE} answers in {environment}",
                    answer.get("version") == "1",
                    self._here.settings.url(environment, NEW_SERVICE),
                )
            self._check_digests(again, proved, NEW_SERVICE)

    def _have_version_3_rejected(self) -> str:
        """Push what only hooks find wrong; return the commit."""
        check = self._checks.check
        with self.narration.phase("reject"):
            self.narration.tell(f"Version 3, which greets with wrong words in {TRIED}: git push")
            self._changes.rejected_in(TRIED, old="2", new="3")
            since = datetime.now(UTC)
            execution = self._push("Version 3 of the storefront", f"version 3 of {SERVICE}, wrong")
            commit = self._here.developer.head
            status = self._follow(execution)
            failures = self._here.pipeline.failures(execution)
            check(
                f"a hook rejects version 3 in {TRIED}",
                status == "Failed"
                and [failure.stage for failure in failures] == [self._release_stage(TRIED, SERVICE)]
                and self._rejected_at(execution) == [_REJECTING_EVENT],
                "; ".join(str(failure) for failure in failures) or status,
            )
            self._follow_rollback(execution)
            time.sleep(_BASELINE.total_seconds())
            check(
                f"version 2 serves {TRIED} afterwards",
                self._share(TRIED) == {"2": 1.0},
                self._counts(TRIED),
            )
            self._check_untouched(AT_STAKE, since, "by version 3", version="2")
            return commit

    def _go_against_policy(self, rejected: str) -> None:
        check = self._checks.check
        with self.narration.phase("policy"):
            self.narration.tell("Version 3 is taken back, and keys rotate no more: git push")
            self._here.developer.revert(rejected)
            self._changes.against_policy()
            since = datetime.now(UTC)
            execution = self._push("No rotation of keys", "templates that policy forbids")
            status = self._follow(execution)
            failures = self._here.pipeline.failures(execution)
            check(
                "templates that policy forbids stop before anything is deployed",
                status == "Failed"
                and [(failure.stage, failure.action) for failure in failures]
                == [("Build", "Synth")]
                and any("Rotation" in line for failure in failures for line in failure.log),
                "; ".join(f"{failure.stage}, {failure.action}" for failure in failures) or status,
            )
            touched = [
                each
                for environment in (None, *self._here.environments)
                for each in self._evidence.touched(environment, since)
            ]
            check("no stack of any account was touched by it", not touched, "; ".join(touched[:3]))

    def _go_all_the_way(self, execution: str, words: str) -> tuple[str, dict[str, str]]:
        """Follow an execution, and approve what it asks for.

        Returns
        -------
        tuple
            Its status, and what ran in the environment before when somebody was asked: the digest
            of each service.
        """
        proved: dict[str, str] = {}
        while (approval := self._follow_until_asked(execution)) is not None:
            proved = {
                service: self._here.estate.digest(TRIED, service) for service in self._services
            }
            self.narration.tell(f"{approval.action}: approved")
            self._here.pipeline.answer(approval, agree=True, words=words)
            happens(lambda: self._here.pipeline.approval(execution) is None)
        return self._here.pipeline.execution(execution)["status"], proved

    def _check_digests(self, execution: str, proved: dict[str, str], *built: str) -> None:
        """Look which images run, where they come from, and whether all environments agree.

        Parameters
        ----------
        execution
            The execution that has just ended.
        proved
            What ran in staging when production was asked for.
        built
            The services that it must have built from its commit; by default the one that changed.
        """
        commit = self._commit(execution)
        for service in self._services:
            here = {
                environment: self._evidence.digest(execution, environment, service)
                for environment in self._here.environments
            }
            self._digests += here.values()
            digest = here[AT_STAKE].digest
            self._checks.check(
                f"{AT_STAKE} runs the image of {service} that {TRIED} has run and released",
                proved.get(service) == digest == here[TRIED].digest,
                f"{digest[:19]}… in {here[AT_STAKE].revision} and {here[TRIED].revision}",
            )
            if service in (built or (SERVICE,)):
                image = self._evidence.image(service, digest)
                self._checks.check(
                    f"that image was built from commit {commit[:7]}, as the registry tells",
                    image.is_of_a_build and image.commit == commit,
                    ", ".join(sorted(image.tags)) + f"; {image.commit}",
                )

    def _check_untouched(self, environment: str, since: datetime, by: str, *, version: str) -> None:
        touched = self._evidence.touched(environment, since)
        self._checks.check(
            f"{environment} is untouched {by}",
            not touched and self._share(environment) == {version: 1.0},
            "; ".join(touched[:3]) or self._counts(environment),
        )

    def _check_traffic(self) -> None:
        check = self._checks.check
        with self.narration.phase("end"):
            self._traffic = dict(self._visitors.stop())
            for environment in (TRIED, AT_STAKE):
                traffic = self._traffic.get(environment)
                check(
                    f"no request in {environment} failed",
                    traffic is not None and traffic.requests > 0 and traffic.failed == 0,
                    f"{traffic.failed} of {traffic.requests}" if traffic else "nobody asked",
                )
                check(
                    f"clients in {environment} saw versions 1 and 2, and no other",
                    traffic is not None and set(traffic.versions) == {"1", "2"},
                    ", ".join(
                        f"version {name}: {count}"
                        for name, count in (traffic.versions if traffic else {}).items()
                    ),
                )

    @property
    def _here(self) -> RehearsedPipeline:
        assert self._rehearsed is not None  # noqa: S101 - nothing is asked before it is there
        return self._rehearsed

    @property
    def _services(self) -> tuple[str, ...]:
        return tuple(self._here.settings.services(AT_STAKE))

    def _push(self, message: str, title: str) -> str:
        """Commit and push; return the id of the execution that it starts."""
        self._here.developer.put(message)
        return self._begun(title)

    def _begun(self, title: str) -> str:
        """Wait for an execution that is not known yet, and return its id."""
        execution = self._here.pipeline.wait_for_execution(tuple(self._titles), _TO_BEGIN)
        self._titles[execution] = title
        self.narration.tell(f"{execution} begins: {title}")
        return execution

    def _follow(self, execution: str) -> str:
        return self._here.pipeline.follow(execution, within=_TO_END)

    def _follow_until_asked(self, execution: str) -> Approval | None:
        self._follow(execution)
        return self._here.pipeline.approval(execution)

    def _follow_rollback(self, failed: str) -> None:
        """Follow the execution by which CodePipeline takes a stage back, where it does."""
        known = tuple(self._titles)
        if happens(lambda: len(self._here.pipeline.executions()) > len(known)):
            self._follow(self._begun(f"the stage's rollback after {self._titles[failed]}"))

    def _commit(self, execution: str) -> str:
        revisions = self._here.pipeline.execution(execution).get("sourceRevisions", ())
        return str(revisions[0]["revisionId"]) if revisions else ""

    def _why(self, execution: str) -> str:
        return "\n".join(str(failure) for failure in self._here.pipeline.failures(execution))

    def _release_stage(self, environment: str, service: str) -> str:
        return f"{self._here.settings.names(environment).stage}-{service}"

    def _rejected_at(self, execution: str) -> list[str]:
        read = self._reader.execution(execution, "")
        return [
            event.name
            for each in self._evidence.deployments((read,), (SERVICE,))
            if each.execution == execution and each.environment == TRIED
            for event in each.deployment.events
            if event.status == "Failed"
        ]

    def _share(self, environment: str) -> dict[str, float]:
        snapshot = self._visitors.snapshot(environment)
        return snapshot.share if snapshot else {}

    def _counts(self, environment: str) -> str:
        snapshot = self._visitors.snapshot(environment)
        versions = snapshot.versions.items() if snapshot else ()
        return ", ".join(f"version {name}: {count}" for name, count in versions)

    @property
    def _reader(self) -> Reader:
        return Reader(self._here.pipeline, self._here.estate.connection().client("s3"))

    def _read(self) -> None:
        """Put down for the report what the APIs tell, while there is somebody to ask."""
        if self._here.cloud.has_died:
            return
        reader = self._reader
        begun = {each["pipelineExecutionId"] for each in self._here.pipeline.executions()}
        self._executions = tuple(
            reader.execution(execution, title)
            for execution, title in self._titles.items()
            if execution in begun
        )
        self._deployments = tuple(self._evidence.deployments(self._executions, self._services))

    def _report(self, error: str | None) -> PipelineReport:
        rehearsed = self._rehearsed
        return PipelineReport(
            status="passed" if error is None and self._checks.passed else "failed",
            pipeline=rehearsed.pipeline.name if rehearsed else "",
            started_at=self._started_at,
            duration=self.narration.elapsed,
            environments=rehearsed.environments if rehearsed else (),
            service=SERVICE,
            executions=self._executions,
            deployments=self._deployments,
            traffic=self._traffic,
            digests=tuple(self._digests),
            checks=tuple(self._checks.made),
            error=error,
        )
