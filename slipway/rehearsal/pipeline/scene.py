"""What every chapter of the story has at hand: the pipeline, the accounts, and who watches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from slipway.rehearsal.checks import Checks
from slipway.rehearsal.pipeline.changes import SERVICE, Changes
from slipway.rehearsal.pipeline.client import ENDED, Approval
from slipway.rehearsal.pipeline.evidence import Evidence
from slipway.rehearsal.pipeline.opening import RehearsedPipeline
from slipway.rehearsal.pipeline.reading import Reader
from slipway.rehearsal.pipeline.report import Digest
from slipway.rehearsal.pipeline.visitors import Visitors
from slipway.rehearsal.releases import happens

# Where changes are tried, and what is at stake.
TRIED, AT_STAKE = "staging", "prod"

_TO_BEGIN = timedelta(minutes=2)
_TO_END = timedelta(minutes=30)


@dataclass
class Scene:
    """The rehearsed pipeline, and what happens with it.

    Parameters
    ----------
    rehearsed
        The pipeline, its repository and its accounts.
    visitors
        Who uses the storefront meanwhile.
    checks
        Where what must hold is noted.
    tell
        Told each step in a sentence.

    Attributes
    ----------
    titles
        What each execution was to do, by its id, in the order in which they began.
    digests
        Which images ran where, after each execution.
    """

    rehearsed: RehearsedPipeline
    visitors: Visitors
    checks: Checks
    tell: Callable[[str], None]
    titles: dict[str, str] = field(default_factory=dict)
    digests: list[Digest] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pipeline = self.rehearsed.pipeline
        self.estate = self.rehearsed.estate
        self.developer = self.rehearsed.developer
        self.changes = Changes(self.developer)
        self.evidence = Evidence(self.estate)
        self.reader = Reader(self.pipeline, self.estate.connection().client("s3"))

    @property
    def environments(self) -> tuple[str, ...]:
        """The environments of the pipeline, in its order."""
        return self.rehearsed.environments

    @property
    def services(self) -> tuple[str, ...]:
        """The services, as the developer's clone has them."""
        return tuple(self.estate.settings.services(AT_STAKE))

    def push(self, message: str, title: str) -> str:
        """Commit and push; return the id of the execution that this starts."""
        self.developer.put(message)
        return self.begun(title)

    def begun(self, title: str) -> str:
        """Wait for an execution that is not known yet, and return its id."""
        execution = self.pipeline.wait_for_execution(tuple(self.titles), _TO_BEGIN)
        self.titles[execution] = title
        self.tell(f"{execution} begins: {title}")
        return execution

    def follow(self, execution: str) -> str:
        """Wait until an execution ends or somebody is asked, and return its status."""
        return self.pipeline.follow(execution, within=_TO_END)

    def follow_until_built(self, execution: str, action: str) -> str | None:
        """Wait until the build of an action runs, and return its id; None where it never does."""
        build: list[str] = []

        def runs() -> bool:
            build[:] = [
                each["output"]["executionResult"]["externalExecutionId"]
                for each in self.pipeline.actions(execution)
                if each["actionName"] == action
                and each["status"] == "InProgress"
                and each.get("output", {}).get("executionResult", {}).get("externalExecutionId")
            ]
            return bool(build)

        self.pipeline.follow(execution, within=_TO_END, until=runs)
        return build[0] if build else None

    def follow_to_the_end(self, execution: str) -> str:
        """Wait until an execution that was answered ends, and return its status."""
        if asked := self.pipeline.approval(execution):
            self._answered(execution, asked)
        return self.follow(execution)

    def follow_until_asked(self, execution: str) -> Approval | None:
        """Wait until somebody is asked; None where the execution ends before."""
        self.follow(execution)
        return self.pipeline.approval(execution)

    def follow_and_approve(
        self, execution: str, words: str, meanwhile: Callable[[], None] = lambda: None
    ) -> tuple[str, dict[str, str]]:
        """Follow an execution to its end, and approve what it asks for.

        Parameters
        ----------
        execution
            Its id.
        words
            What whoever approves says.
        meanwhile
            Done after each approval.

        Returns
        -------
        tuple
            Its status; and what ran where changes are tried when somebody was asked: the digest of
            each service.
        """
        proved: dict[str, str] = {}
        while (approval := self.follow_until_asked(execution)) is not None:
            proved = {service: self.estate.digest(TRIED, service) for service in self.services}
            self.tell(f"{approval.action}: approved")
            self.pipeline.answer(approval, agree=True, words=words)
            self._answered(execution, approval)
            meanwhile()
        return self.pipeline.execution(execution)["status"], proved

    def _answered(self, execution: str, approval: Approval) -> None:
        """Wait until the pipeline has taken notice of an answer."""
        happens(lambda: self.pipeline.approval(execution) != approval)

    def retry(self, execution: str, stage: str) -> None:
        """Retry a stage's failed actions, and wait until the pipeline has taken notice."""
        self.tell(f"The stage {stage} is retried")
        self.pipeline.retry(execution, stage)
        happens(lambda: self.pipeline.execution(execution)["status"] not in ENDED)

    def why(self, execution: str) -> str:
        """Say why an execution failed; nothing where it didn't."""
        return "\n".join(str(failure) for failure in self.pipeline.failures(execution))

    def commit_of(self, execution: str) -> str:
        """Return the commit that an execution took."""
        revisions = self.pipeline.execution(execution).get("sourceRevisions", ())
        return str(revisions[0]["revisionId"]) if revisions else ""

    def share(self, environment: str) -> dict[str, float]:
        """Return the versions that answered in the last second, with their shares."""
        snapshot = self.visitors.snapshot(environment)
        return snapshot.share if snapshot else {}

    def counts(self, environment: str) -> str:
        """Say which versions have answered so far, and how often."""
        snapshot = self.visitors.snapshot(environment)
        versions = snapshot.versions.items() if snapshot else ()
        return ", ".join(f"version {name}: {count}" for name, count in versions)

    def check_digests(self, execution: str, proved: dict[str, str], *, built: str) -> None:
        """Look which images run, where they come from, and whether the environments agree.

        Parameters
        ----------
        execution
            The execution that has just ended.
        proved
            What ran where changes are tried, when somebody was asked.
        built
            The service that it must have built from its commit.
        """
        commit = self.commit_of(execution)
        for service in self.services:
            here = {
                environment: self.evidence.digest(execution, environment, service)
                for environment in self.environments
            }
            self.digests += here.values()
            digest = here[AT_STAKE].digest
            self.checks.check(
                f"{AT_STAKE} runs the image of {service} that {TRIED} has run and released",
                proved.get(service) == digest == here[TRIED].digest,
                f"{digest[:19]}… in {here[AT_STAKE].revision} and {here[TRIED].revision}",
            )
            if service == built:
                image = self.evidence.image(service, digest)
                self.checks.check(
                    f"that image was built from commit {commit[:7]}, as the registry tells",
                    image.is_of_a_build and image.commit == commit,
                    ", ".join(sorted(image.tags)) + f"; built from {image.commit}",
                )

    def check_untouched(self, environment: str, since: datetime, by: str, *, version: str) -> None:
        """Look that an environment is as it was: no stack was touched, clients get one version."""
        touched = self.evidence.touched(environment, since)
        self.checks.check(
            f"{environment} is untouched {by}",
            not touched and self.share(environment) == {version: 1.0},
            "; ".join(touched[:3]) or self.counts(environment),
        )

    def serves(self, environment: str, version: str) -> bool:
        """Tell whether clients get one version of the storefront, and no other, before long."""
        return happens(lambda: self.share(environment) == {version: 1.0})

    def stage_of(self, environment: str, service: str = SERVICE) -> str:
        """Name the stage that releases a service to an environment."""
        return f"{self.estate.settings.names(environment).stage}-{service}"
