"""A rehearsal of a pipeline as it may be told: whole, failed, and interrupted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from slipway.rehearsal.load_generator import Answer
from slipway.rehearsal.pipeline.report import (
    Action,
    Artifact,
    Digest,
    EnvironmentDeployment,
    Execution,
    PipelineReport,
    StageRun,
)
from slipway.rehearsal.report import Check, Deployment, Event
from slipway.rehearsal.traffic import Traffic

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
ENVIRONMENTS = ("staging", "prod")

_PROVIDERS = {
    "Commit": "CodeStarSourceConnection",
    "Approve": "Manual",
    "Deploy": "CloudFormation",
    "Prepare": "CloudFormation",
}
_SECONDS = {
    "Commit": 1.2,
    "Images-x86_64": 21,
    "Tests": 43,
    "Synth": 38,
    "SelfMutate": 16,
    "FileAssets": 9,
}
_MADE = {
    "Commit": ("Source", 1_240_000),
    "Images-x86_64": ("Images_x86_64_Output", 913),
    "Synth": ("Synth_Output", 3_870_000),
}
_STACKS = ("network", "observability"), ("cluster", "releases"), ("inventory",), ("storefront",)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def commit(number: int) -> str:
    return sha256(f"commit {number}".encode()).hexdigest()[:40]


def image(version: str) -> str:
    return f"sha256:{sha256(version.encode()).hexdigest()}"


class Story:
    """An execution in the making: actions follow one another on a clock."""

    def __init__(self, number: int, title: str, begins: float, *, trigger: str = "WebhookV2"):
        self.number, self.title, self.begins, self.trigger = number, title, begins, trigger
        self.now = begins
        self.stages: list[StageRun] = []

    def action(self, name: str, seconds: float, **told: object) -> Action:
        last = name.rpartition("-")[2].rpartition(".")[2]
        kind = (
            "CodeDeployToECS" if name.startswith("Release") else _PROVIDERS.get(last, "CodeBuild")
        )
        if name.endswith(("inventory-Prepare", "storefront-Prepare")) and "." not in name:
            kind = "CodeBuild"
        made = _MADE.get(name)
        values: dict[str, object] = {
            "name": name,
            "kind": kind,
            "status": "Succeeded",
            "started_at": at(self.now),
            "ended_at": at(self.now + seconds),
            "outputs": (Artifact(*made),) if made else (),
            "inputs": () if name == "Commit" or kind == "Manual" else (Artifact("Source"),),
            **told,
        }
        return Action(**values)  # type: ignore[arg-type]

    def stage(self, name: str, *rows: Sequence[Action], status: str = "Succeeded") -> None:
        actions = [action for row in rows for action in row]
        attempts = max((sum(a.name == b.name for b in actions) for a in actions), default=1)
        self.stages.append(StageRun(name, status, tuple(actions), attempts))

    def after(self, *actions: Action, pause: float = 0.4) -> Sequence[Action]:
        ends = [(a.ended_at - START).total_seconds() for a in actions if a.ended_at]
        self.now = max([self.now, *ends]) + pause
        return actions

    def build(self) -> None:
        act, after = self.action, self.after
        self.stage("Source", after(act("Commit", 1.2)))
        first = after(act("Images-x86_64", 21), act("Tests", 43))
        synth = act("Synth", 38, inputs=(Artifact("Source"), Artifact("Images_x86_64_Output")))
        self.stage("Build", first, after(synth))

    def self_mutate(self) -> None:
        taken = {"inputs": (Artifact("Synth_Output"),)}
        self.stage("UpdatePipeline", self.after(self.action("SelfMutate", 16, **taken)))

    def assets(self) -> None:
        taken = {"inputs": (Artifact("Synth_Output"),)}
        self.stage("Assets", self.after(self.action("FileAssets", 9, **taken)))

    def stacks(self, environment: str, seconds: float) -> list[Sequence[Action]]:
        rows = []
        for stacks in _STACKS:
            for step, share in (("Prepare", 0.3), ("Deploy", 1.0)):
                names = [f"shop-{environment}-{stack}.{step}" for stack in stacks]
                taken = (Artifact("Synth_Output"),) if step == "Prepare" else ()
                actions = [
                    self.action(name, seconds * share * (1 + 0.4 * n), inputs=taken)
                    for n, name in enumerate(names)
                ]
                rows.append(self.after(*actions, pause=0.1))
        wave = environment.capitalize()
        made = (Artifact(f"{wave}_Render_Output", 4_120),)
        rows.append(self.after(self.action(f"{wave}-Render", 6, outputs=made)))
        return rows

    def deploy(self, environment: str, seconds: float = 1.5) -> None:
        self.stage(environment.capitalize(), *self.stacks(environment, seconds))

    def release(self, environment: str, service: str, seconds: float = 34) -> None:
        wave = environment.capitalize()
        name = f"{wave}-{service}"
        made = Artifact(f"{wave}_{service}_Prepare_Output", 2_300)
        taken = (Artifact("Source"), Artifact(f"{wave}_Render_Output"))
        self.stage(
            name,
            self.after(self.action(f"{name}-Prepare", 5, inputs=taken, outputs=(made,))),
            self.after(
                self.action(
                    f"Release-{environment}",
                    seconds,
                    inputs=(made,),
                    external_id=f"d-{self.number}{environment[:4].upper()}",
                )
            ),
            self.after(self.action(f"{name}-Check", 4, inputs=(Artifact("Source"), made))),
        )

    def leave_out(self, *names: str) -> None:
        self.stages += [StageRun(name, "Skipped") for name in names]

    def pend(self, *names: str) -> None:
        self.stages += [StageRun(name, "Pending") for name in names]

    def end(self, status: str = "Succeeded", *, ended: bool = True) -> Execution:
        return Execution(
            id=f"0000000{self.number}-5e2f-4d0c-9a51-26b1d1f7c3a{self.number}",
            title=self.title,
            trigger=self.trigger,
            commit=commit(self.number),
            status=status,
            started_at=at(self.begins),
            ended_at=at(self.now) if ended else None,
            pipeline_version=1 if self.number < 3 else 2,
            stages=tuple(self.stages),
        )


def first() -> Execution:
    story = Story(1, "the first run: every environment, version 1", 95, trigger="CreatePipeline")
    story.build()
    story.self_mutate()
    story.assets()
    story.deploy("staging", 9)
    story.leave_out("Staging-inventory", "Staging-storefront")
    rows = _approved(story, "approved", "Go", 3)
    story.stage("Prod", *rows, *story.stacks("prod", 9))
    story.leave_out("Prod-inventory", "Prod-storefront")
    return story.end()


def _approved(story: Story, verdict: str, said: str, seconds: float) -> list[Sequence[Action]]:
    status = "Succeeded" if verdict == "approved" else "Failed"
    told = {"summary": said, "status": status}
    changes = story.after(story.action("Prod-Changes", 12, summary="1 task definition, 1 image"))
    return [changes, story.after(story.action("Prod-Approve", seconds, **told))]


def second() -> Execution:
    story = Story(2, "version 2 of storefront", first_ends() + 6)
    story.build()
    story.self_mutate()
    story.assets()
    story.deploy("staging")
    story.leave_out("Staging-inventory")
    story.release("staging", "storefront")
    refused = _approved(story, "refused", "Not before the <summer sale> & its review", 9)
    story.now += 20
    approved = _approved(story, "approved", "The review is done", 6)
    story.stage("Prod", *refused, *approved, *story.stacks("prod", 1.5))
    story.leave_out("Prod-inventory")
    story.release("prod", "storefront")
    return story.end()


def first_ends() -> float:
    ended = first().ended_at
    assert ended is not None
    return (ended - START).total_seconds()


def third(begins: float) -> Execution:
    story = Story(3, "a new service: pricing", begins)
    story.build()
    story.self_mutate()
    story.pend("Assets", "Staging", "Staging-inventory", "Staging-storefront")
    story.pend("Prod", "Prod-inventory", "Prod-storefront")
    return story.end("Cancelled")


def fourth(begins: float) -> Execution:
    story = Story(4, "version 3 of storefront, whose home page is broken", begins)
    story.build()
    story.self_mutate()
    story.assets()
    story.deploy("staging")
    story.leave_out("Staging-inventory")
    failed = story.action(
        "Release-staging",
        21,
        status="Failed",
        error="Deployment d-4STAG failed: the hook AfterAllowTestTraffic answered Failed: "
        "the check home failed: GET / answered 500",
        external_id="d-4STAG",
    )
    prepare = story.after(story.action("Staging-storefront-Prepare", 5))
    failed = replace(failed, started_at=at(story.now), ended_at=at(story.now + 21))
    story.stage("Staging-storefront", prepare, story.after(failed), status="Failed")
    story.pend("Prod", "Prod-inventory", "Prod-storefront")
    return story.end("Failed")


def fifth(begins: float) -> Execution:
    story = Story(5, "a bucket without encryption", begins)
    story.stage("Source", story.after(story.action("Commit", 1.2)))
    row = story.after(story.action("Images-x86_64", 21), story.action("Tests", 43))
    error = "Build failed: slipway_encrypted: AWS::S3::Bucket/Exports has no BucketEncryption"
    story.stage("Build", row, story.after(story.action("Synth", 22, status="Failed", error=error)))
    story.stages[-1] = replace(story.stages[-1], status="Failed")
    story.pend("UpdatePipeline", "Assets", "Staging", "Staging-inventory", "Staging-storefront")
    story.pend("Prod", "Prod-inventory", "Prod-storefront")
    return story.end("Failed")


def release(execution: Execution, environment: str, title: str) -> EnvironmentDeployment:
    (action,) = (
        a for stage in execution.stages for a in stage.actions if a.name == f"Release-{environment}"
    )
    assert action.started_at is not None
    names = (
        *("BeforeInstall", "Install", "AfterInstall", "AllowTestTraffic"),
        *("AfterAllowTestTraffic", "BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic"),
    )
    taken = (1.2, 5.5, 1.0, 0.4, 2.4, 1.1, 16, 1.6)
    events, now = [], action.started_at + timedelta(seconds=1)
    for name, seconds in zip(names, taken, strict=True):
        failed = action.status == "Failed" and name == "AfterAllowTestTraffic"
        ended = now + timedelta(seconds=seconds)
        hook = name.startswith(("Before", "After"))
        events.append(Event(name, "Failed" if failed else "Succeeded", hook, now, ended))
        now = ended
        if failed:
            break
    failed = action.status == "Failed"
    return EnvironmentDeployment(
        environment,
        Deployment(
            service="storefront",
            id=f"d-{title[-1]}{environment.upper()}",
            title=title,
            status="Failed" if failed else "Succeeded",
            started_at=action.started_at,
            ended_at=now,
            events=tuple(events),
            message="The hook AfterAllowTestTraffic failed" if failed else None,
        ),
        execution.id,
    )


def load(begin: datetime, end: datetime, moved: Sequence[EnvironmentDeployment]) -> Traffic:
    """Ask twice a second; after each release its version answers, during it every other request."""
    answers: list[Answer] = []
    moment = begin
    while moment < end:
        version, number = "1", len(answers)
        for number_of_release, each in enumerate(moved, start=2):
            made = each.deployment
            assert made.ended_at is not None
            shifting = made.ended_at - timedelta(seconds=17) < moment < made.ended_at
            if made.status == "Succeeded" and (
                moment >= made.ended_at or (shifting and number % 2)
            ):
                version = str(number_of_release)
        answers.append(
            Answer(
                start=moment.timestamp(),
                latency_ms=3.0 + number % 5,
                path="/version",
                status=200,
                error=None,
                revision=f"storefront:{version}",
                version=version,
            )
        )
        moment += timedelta(seconds=0.25)
    return Traffic.of(answers)


def told() -> PipelineReport:
    executions = [first(), second()]
    for make in (third, fourth, fifth):
        ended = executions[-1].ended_at
        assert ended is not None
        executions.append(make((ended - START).total_seconds() + 5))
    one, two, _, four, five = executions
    assert one.ended_at is not None
    assert five.ended_at is not None
    deployments = (
        release(two, "staging", "version 2"),
        release(two, "prod", "version 2"),
        release(four, "staging", "version 3"),
    )
    rejected = deployments[-1].deployment
    assert rejected.ended_at is not None
    rollback = Deployment(
        service="storefront",
        id="d-ROLLBACK",
        title="rollback of version 3",
        status="Succeeded",
        started_at=rejected.ended_at,
        ended_at=rejected.ended_at + timedelta(seconds=4),
        events=(Event("Install", "Succeeded", False, rejected.ended_at, None),),
        rollback_of=rejected.id,
    )
    traffic = {
        environment: load(
            one.ended_at,
            five.ended_at,
            [each for each in deployments if each.environment == environment],
        )
        for environment in ENVIRONMENTS
    }
    return PipelineReport(
        status="passed",
        pipeline="shop-pipeline",
        started_at=START,
        duration=five.ended_at - START + timedelta(seconds=8),
        environments=ENVIRONMENTS,
        executions=tuple(executions),
        deployments=(*deployments, EnvironmentDeployment("staging", rollback)),
        traffic=traffic,
        digests=tuple(
            Digest(
                execution.id,
                environment,
                service,
                image(service + (version if service == "storefront" else "1")),
                f"shop-{environment}-{service}:{version}",
                commit(int(version)),
            )
            for execution, version in ((one, "1"), (two, "2"), (four, "2"))
            for service in ("inventory", "storefront")
            for environment in ENVIRONMENTS
        ),
        checks=(
            Check("the first run creates every environment and serves version 1", True, "1, 1"),
            Check(
                "prod runs the digest that staging proved", True, f"{image('storefront2')} in both"
            ),
            Check("no request failed in staging", True, f"0 of {traffic['staging'].requests}"),
            Check("no request failed in prod", True, f"0 of {traffic['prod'].requests}"),
            Check("a refused approval leaves prod as it was", True, "Failed at Prod-Approve"),
        ),
    )


@pytest.fixture
def whole() -> PipelineReport:
    """Everything was played."""
    return told()


@pytest.fixture
def broken(whole: PipelineReport) -> PipelineReport:
    """A check did not hold, and something ended it early."""
    answers = [
        Answer(at(600 + n / 4).timestamp(), 2.0, "/<b>", 502 if n == 5 else 200, None, "s:1", "1")
        for n in range(40)
    ]
    checks = (*whole.checks, Check("no request failed in <prod>", False, "1 of 40"))
    return replace(
        whole,
        status="failed",
        traffic={**whole.traffic, "prod": Traffic.of(answers)},
        checks=checks,
        error="the pipeline did not end execution <6>: see the log",
    )


@pytest.fixture
def interrupted() -> PipelineReport:
    """Ctrl-C while the second execution waited for an approval."""
    story = Story(2, "version 2 of storefront", first_ends() + 6)
    story.build()
    story.self_mutate()
    story.assets()
    story.deploy("staging")
    story.leave_out("Staging-inventory")
    story.release("staging", "storefront")
    changes = story.after(story.action("Prod-Changes", 12))
    asked = story.action("Prod-Approve", 0, status="InProgress", ended_at=None)
    story.stage("Prod", changes, (asked,), status="InProgress")
    story.pend("Prod-inventory", "Prod-storefront")
    execution = story.end("InProgress", ended=False)
    return PipelineReport(
        status="failed",
        pipeline="shop-pipeline",
        started_at=START,
        duration=timedelta(seconds=story.now + 15),
        environments=ENVIRONMENTS,
        executions=(first(), execution),
        deployments=(release(execution, "staging", "version 2"),),
        error="interrupted",
    )
