"""What happened, scene by scene: the facts that proofs look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from prove.errors import ProveError
from prove.ground import ENVIRONMENT, Ground
from prove.pace import Pace
from slipway.rehearsal.traffic import Traffic
from slipway.release import Aws, Deployment, DeploymentRecord, Progress, Target, result, watch


class MissingError(ProveError):
    """A proof looks for something that didn't happen."""


@dataclass(frozen=True)
class Sample:
    """One look at a service during a deployment."""

    time: datetime
    task_sets: tuple[Mapping[str, Any], ...]
    """As ECS describes them."""
    weights: Mapping[str, Mapping[str, int]]
    """Listener: the weight of each target group in the rule that forwards."""
    waiting: int
    """Tasks of the cluster that are PROVISIONING."""
    alarms: tuple[str, ...]
    """Names of the release alarms that fire."""


@dataclass
class Facts:
    """What is known of one scene; what didn't happen is missing."""

    target: Target | None = None
    deployment: str | None = None
    record: DeploymentRecord | None = None
    events: dict[str, str] = field(default_factory=dict)
    """Lifecycle event: its last status."""
    samples: list[Sample] = field(default_factory=list)
    rollback: Facts | None = None
    """Of the deployment that took this one back."""
    traffic: Traffic | None = None
    notes: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    """Why the scene ended early."""

    @property
    def ended(self) -> DeploymentRecord:
        """How the deployment ended.

        Raises
        ------
        MissingError
            It didn't.
        """
        if self.record is None or not self.record.is_final:
            raise MissingError(self.error or "the deployment did not end")
        return self.record

    @property
    def aimed(self) -> Target:
        """Where the deployment went.

        Raises
        ------
        MissingError
            There was none.
        """
        if self.target is None:
            raise MissingError(self.error or "there was no deployment")
        return self.target

    def note(self, name: str) -> Any:
        """Return something that the scene noted.

        Raises
        ------
        MissingError
            It didn't.
        """
        if name not in self.notes:
            raise MissingError(self.error or f"the scene did not come to it: {name}")
        return self.notes[name]


class Story:
    """All scenes so far.

    Parameters
    ----------
    ground
        The environment.
    tell
        Told in a sentence what happens.
    """

    def __init__(self, ground: Ground, tell: Callable[[str], None]) -> None:
        self.ground = ground
        self.place = ground.place
        self.tell = tell
        self.scenes: dict[str, Facts] = {}

    def __getitem__(self, scene: str) -> Facts:
        """Return the facts of a scene.

        Raises
        ------
        MissingError
            It was never played.
        """
        if scene not in self.scenes:
            raise MissingError(f"the run did not come to the scene {scene}")
        return self.scenes[scene]

    @property
    def deployments(self) -> Iterator[tuple[str, DeploymentRecord]]:
        """All deployments that ended, by scene, with those that took them back."""
        for name, facts in list(self.scenes.items()):
            for each in (facts, facts.rollback):
                if each is not None and each.record is not None and each.record.is_final:
                    yield name, each.record


def follow(
    story: Story,
    facts: Facts,
    deployment: Deployment,
    pace: Pace,
    *,
    each_look: Callable[[], None] = lambda: None,
) -> Iterator[Progress]:
    """Follow a deployment to its end, its rollback included, and note what is seen."""
    aws, target = story.ground.aws(), deployment.target
    facts.target, facts.deployment = target, deployment.id

    def look(seconds: float) -> None:
        each_look()
        facts.samples.append(sample(story, target))
        facts.record = result(aws, deployment)
        pace.pause(seconds)

    for progress in watch(aws, deployment, interval=story.place.interval, sleep=look):
        if progress.lifecycle_event and progress.lifecycle_status:
            facts.events[progress.lifecycle_event] = progress.lifecycle_status
        story.tell(f"{target.service}: {progress.message}")
        yield progress
    facts.samples.append(sample(story, target))
    facts.record = result(aws, deployment)
    facts.events = events_of(aws, target, deployment.id)
    if facts.record.rollback_id:
        facts.rollback = _rollback(story, facts, facts.record.rollback_id, pace)


def _rollback(story: Story, facts: Facts, id_: str, pace: Pace) -> Facts:
    aws, target = story.ground.aws(), facts.aimed
    back = Facts(target=target, deployment=id_)
    deployment = Deployment(id=id_, target=target)
    pace.wait_for(lambda: result(aws, deployment).is_final)
    back.record = result(aws, deployment)
    back.events = events_of(aws, target, id_)
    back.samples.append(sample(story, target))
    story.tell(f"{target.service}: the rollback {id_}: {back.record.status}")
    return back


def events_of(aws: Aws, target: Target, deployment: str) -> dict[str, str]:
    """Return the status of each lifecycle event that CodeDeploy shows."""
    targets = aws.codedeploy.batch_get_deployment_targets(
        deploymentId=deployment, targetIds=[f"{target.cluster}:{target.service}"]
    )["deploymentTargets"]
    return {
        event["lifecycleEventName"]: event["status"]
        for each in targets
        for event in each["ecsTarget"].get("lifecycleEvents", [])
    }


def sample(story: Story, target: Target) -> Sample:
    """Look once at task sets, rules, waiting tasks and alarms."""
    client = story.place.client
    alarms = client("cloudwatch").describe_alarms(AlarmNames=list(target.alarms))["MetricAlarms"]
    return Sample(
        time=datetime.now(UTC),
        task_sets=task_sets(story, target),
        weights=weights(story, target),
        waiting=sum(task["lastStatus"] == "PROVISIONING" for task in tasks(story, target)),
        alarms=tuple(each["AlarmName"] for each in alarms if each["StateValue"] == "ALARM"),
    )


def task_sets(story: Story, target: Target) -> tuple[Mapping[str, Any], ...]:
    """Return the task sets of the service."""
    services = story.place.client("ecs").describe_services(
        cluster=target.cluster, services=[target.service]
    )["services"]
    return tuple(services[0].get("taskSets", ())) if services else ()


def tasks(story: Story, target: Target) -> list[Mapping[str, Any]]:
    """Return the tasks of the service, with their tags."""
    ecs = story.place.client("ecs")
    arns = ecs.list_tasks(cluster=target.cluster, serviceName=target.service)["taskArns"]
    if not arns:
        return []
    found: list[Mapping[str, Any]] = ecs.describe_tasks(
        cluster=target.cluster, tasks=arns, include=["TAGS"]
    )["tasks"]
    return found


def instances(story: Story) -> list[str]:
    """Return the ARNs of the cluster's container instances."""
    cluster = story.ground.settings.names(ENVIRONMENT).cluster
    found = story.place.client("ecs").list_container_instances(cluster=cluster)
    return list(found["containerInstanceArns"])


def listeners(story: Story, target: Target) -> dict[str, str]:
    """Return the ARN of the ``production`` and the ``test`` listener of the deployment group."""
    group = story.place.client("codedeploy").get_deployment_group(
        applicationName=target.application, deploymentGroupName=target.deployment_group
    )["deploymentGroupInfo"]
    pair = group["loadBalancerInfo"]["targetGroupPairInfoList"][0]
    return {
        "production": pair["prodTrafficRoute"]["listenerArns"][0],
        "test": pair["testTrafficRoute"]["listenerArns"][0],
    }


def weights(story: Story, target: Target) -> dict[str, dict[str, int]]:
    """Return each listener's weights by target group, of its rule that forwards."""
    found: dict[str, dict[str, int]] = {}
    for name, arn in listeners(story, target).items():
        rules = story.place.client("elbv2").describe_rules(ListenerArn=arn)["Rules"]
        groups = [
            group
            for rule in rules
            if not rule.get("IsDefault")
            for action in rule["Actions"]
            for group in action.get("ForwardConfig", {}).get("TargetGroups", [])
        ]
        found[name] = {
            # …:targetgroup/<name>/<id>
            group["TargetGroupArn"].split("/")[-2]: group.get("Weight", 1)
            for group in groups
        }
    return found
