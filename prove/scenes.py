"""The scenes of the story: what is done, so that proofs have something to look at."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from prove.ground import CALLED, ENVIRONMENT, SERVICE, STAGE
from prove.pace import Pace
from prove.story import Facts, Story, follow, instances, task_sets, tasks, weights
from slipway.rehearsal.errors import RehearsalError
from slipway.rehearsal.load import Load
from slipway.release import Deployment, Kind, rollback, start, stop
from slipway.release.notes import LONGEST_DESCRIPTION

# Well below what the firewall lets one address ask for in five minutes.
_REQUESTS_A_SECOND = 5

Play = Callable[[Story, Facts, Pace], None]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A step of the story.

    Attributes
    ----------
    name, does
        What it is called, and what it does, for people.
    play
        Does it, and notes what is seen.
    edition
        The last edition of the project that it deploys.
    planned
        How long it takes on AWS, about; our estimate.
    limit
        How long it may take.
    """

    name: str
    does: str
    play: Play
    edition: int
    planned: timedelta
    limit: timedelta


def _deploy(story: Story, facts: Facts, pace: Pace) -> None:
    ground = story.ground
    ground.deploy(1, f"{STAGE}/*", look=pace.look)
    for service in (SERVICE, CALLED):
        target = ground.target(service)
        facts.notes[f"tasks of {service}"] = tasks(story, target)
        facts.notes[f"weights of {service}"] = weights(story, target)


def _release(story: Story, facts: Facts, pace: Pace) -> None:
    """Release version 2 as a canary, under light traffic from this machine."""
    ground = story.ground
    ground.deploy_service(2, SERVICE, pace.look)
    target = ground.target(SERVICE)
    with Load(
        f"http://{target.address}:{target.port}",
        ground.directory / "traffic.jsonl",
        rate=_REQUESTS_A_SECOND,
        duration=timedelta(hours=1),
    ) as load:
        # A name that is new may not be known to everybody's resolver yet.
        if pace.wait_for(lambda: bool(load.snapshot().versions), timedelta(minutes=5)):
            facts.notes["failed before"] = load.snapshot().failed
        facts.notes["refused"] = _ask_too_much(f"http://{target.address}:{target.port}/")
        deployment = start(
            ground.aws(), target, description="make prove-aws ".ljust(LONGEST_DESCRIPTION, ".")
        )
        for progress in follow(story, facts, deployment, pace):
            if progress.kind is Kind.TRAFFIC and progress.green and progress.green.traffic_percent:
                facts.notes.setdefault("tasks", tasks(story, target))
        facts.traffic = load.stop()


def _ask_too_much(url: str) -> int | None:
    """Send a body that the firewall refuses; return the answer's status.

    SizeRestrictions_BODY of the core rule set takes 8 KB at most.
    https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html
    """
    request = urllib.request.Request(url, data=b"x" * 9 * 1024, method="POST")  # noqa: S310 - http
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - the same
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


def _reject(story: Story, facts: Facts, pace: Pace) -> None:
    """Release a version whose home page is broken: its check on test traffic must reject it."""
    story.ground.deploy_service(3, SERVICE, pace.look)
    target = story.ground.target(SERVICE)
    deployment = start(story.ground.aws(), target, description="make prove-aws, broken")
    for _ in follow(story, facts, deployment, pace):
        pass


def _override(story: Story, facts: Facts, pace: Pace) -> None:
    """Go back to version 1 while an alarm fires."""
    target = story.ground.target(SERVICE)
    cloudwatch = story.place.client("cloudwatch")
    alarm = target.alarms[0]

    def fire() -> None:
        # The next evaluation takes it back, so it is said again at each look.
        cloudwatch.set_alarm_state(
            AlarmName=alarm, StateValue="ALARM", StateReason="make prove-aws: set by hand"
        )

    fire()
    facts.notes["alarm"] = alarm
    deployment = rollback(story.ground.aws(), target).deployment
    for _ in follow(story, facts, deployment, pace, each_look=fire):
        pass
    facts.notes["deployments"] = story.place.client("codedeploy").list_deployments(
        applicationName=target.application, deploymentGroupName=target.deployment_group
    )["deployments"]


def _ec2(story: Story, facts: Facts, pace: Pace) -> None:
    """Release on EC2 instances that have to start first."""
    story.ground.deploy_service(2, CALLED, pace.look)
    target = story.ground.target(CALLED)
    facts.notes["instances before"] = len(instances(story))
    deployment = start(story.ground.aws(), target, description="make prove-aws, on EC2")
    for progress in follow(story, facts, deployment, pace):
        if progress.kind is Kind.TRAFFIC and progress.green and progress.green.traffic_percent:
            facts.notes.setdefault("tasks", tasks(story, target))
            facts.notes.setdefault("instances", len(instances(story)))


def _stop(story: Story, facts: Facts, pace: Pace) -> None:
    """Stop a release once green runs, without a rollback."""
    story.ground.deploy_service(3, CALLED, pace.look)
    target = story.ground.target(CALLED)
    aws = story.ground.aws()
    deployment = start(aws, target, description="make prove-aws, to be stopped")
    for progress in follow(story, facts, deployment, pace):
        if progress.lifecycle_event == "AfterInstall" and "stopped at" not in facts.notes:
            facts.notes["stopped at"] = "AfterInstall"
            stop(aws, deployment, rollback=False)
    facts.notes["task sets"] = task_sets(story, target)


def _mid_shift(story: Story, facts: Facts, pace: Pace) -> None:
    """Release it after all; in mid-shift, update the stack twice and ask for another task."""
    target = story.ground.target(CALLED)
    # A hook that was at work when its deployment was stopped can't report any more: it fails, and
    # the alarm on the hooks' errors may fire a little later.
    deployment = start(
        story.ground.aws(),
        target,
        description="make prove-aws, updated in mid-shift",
        ignore_alarms="a stop fails the hook that it meets",
    )
    for progress in follow(story, facts, deployment, pace):
        green = progress.green.traffic_percent if progress.green else 0
        if progress.kind is Kind.TRAFFIC and 0 < green < 100 and "updates" not in facts.notes:
            facts.notes["updates"] = {}
            _scale(story, facts, deployment)
            for edition, change in ((4, "another image"), (5, "a health check")):
                facts.notes["updates"][change] = _update(story, edition, pace)
    facts.notes["task sets"] = task_sets(story, target)


def _scale(story: Story, facts: Facts, deployment: Deployment) -> None:
    """Ask for one more task, as Application Auto Scaling does: by UpdateService."""
    target = deployment.target
    ecs = story.place.client("ecs")
    described = ecs.describe_services(cluster=target.cluster, services=[target.service])
    wanted = described["services"][0]["desiredCount"] + 1
    facts.notes["wanted"] = wanted
    try:
        ecs.update_service(cluster=target.cluster, service=target.service, desiredCount=wanted)
        facts.notes["scaling"] = "accepted"
    except ecs.exceptions.ClientError as refused:
        facts.notes["scaling"] = str(refused)


def _update(story: Story, edition: int, pace: Pace) -> str:
    """Deploy an edition; return the stack's status after it."""
    ground = story.ground
    try:
        ground.deploy_service(edition, CALLED, pace.look)
    except RehearsalError as refused:
        story.tell(str(refused).splitlines()[0])
    name = ground.settings.names(ENVIRONMENT).stack(CALLED)
    cloudformation = story.place.client("cloudformation")
    return str(cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])


def _minutes(planned: int, limit: int) -> Mapping[str, timedelta]:
    return {"planned": timedelta(minutes=planned), "limit": timedelta(minutes=limit)}


PREPARE = Scene(
    name="prepare",
    does="deploy registry, network and cluster; build and push images",
    play=lambda _story, _facts, _pace: None,
    edition=1,
    **_minutes(6, 20),
)
DEPLOY = Scene(
    name="deploy",
    does="deploy both services",
    play=_deploy,
    edition=1,
    **_minutes(10, 20),
)
LANES: tuple[tuple[Scene, ...], ...] = (
    (
        Scene(
            name="release",
            does="release version 2 of storefront, a canary, under traffic",
            play=_release,
            edition=2,
            **_minutes(8, 15),
        ),
        Scene(
            name="reject",
            does="release a broken version 3, which must be rejected",
            play=_reject,
            edition=3,
            **_minutes(6, 12),
        ),
        Scene(
            name="override",
            does="set an alarm by hand, and roll back in spite of it",
            play=_override,
            edition=3,
            **_minutes(7, 12),
        ),
    ),
    (
        Scene(
            name="ec2",
            does="release version 2 of inventory on new EC2 instances",
            play=_ec2,
            edition=2,
            **_minutes(9, 15),
        ),
        Scene(
            name="stop",
            does="stop its version 3 without a rollback",
            play=_stop,
            edition=3,
            **_minutes(4, 8),
        ),
        Scene(
            name="mid-shift",
            does="release it after all; update the stack and scale meanwhile",
            play=_mid_shift,
            edition=5,
            **_minutes(9, 15),
        ),
    ),
)
CLEANING = Scene(
    name="delete",
    does="delete everything, and look at what is left",
    play=lambda _story, _facts, _pace: None,
    edition=1,
    **_minutes(16, 60),
)
SCENES = (PREPARE, DEPLOY, *(scene for lane in LANES for scene in lane), CLEANING)
