"""A service at one moment: what is live, what runs and what ran."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from slipway.release import history, observation, scaling
from slipway.release.aws import Aws
from slipway.release.content import what_a_release_changes
from slipway.release.errors import aws_errors
from slipway.release.history import DeploymentRecord
from slipway.release.live import LiveTaskSet, primary_task_set
from slipway.release.observation import View
from slipway.release.target import Target, short
from slipway.release.traffic import TargetGroup, production_traffic


@dataclass(frozen=True, kw_only=True)
class Status:
    """A service at one moment."""

    service: str
    wanted: str
    """``family:revision`` that the stack wants live."""
    would_change: tuple[str, ...]
    """What a release of it would change of what is live; nothing, if it would change nothing."""
    live: LiveTaskSet | None
    images: Mapping[str, str]
    """Image digest by container, of the live revision."""
    weights: Mapping[str, float]
    """Share of production traffic by the target group's name, in percent."""
    target_groups: tuple[TargetGroup, ...]
    """The same, with what the target groups are called; blue first."""
    running: DeploymentRecord | None
    stage: str | None
    """How far the running deployment is, in a sentence."""
    scaling_suspended: tuple[str, ...]
    """What of the service's scaling is suspended."""
    last: tuple[DeploymentRecord, ...]
    """The last five deployments, the newest first."""


def status(aws: Aws, target: Target) -> Status:
    """Say what is live, what runs and what ran.

    Raises
    ------
    TargetError
        When the service doesn't exist.
    AwsError
        When AWS refuses or can't be reached.
    """
    primary = primary_task_set(aws, target)
    live = LiveTaskSet.of(primary) if primary else None
    last = tuple(islice(history.recent(aws, target), 5))
    running = next((deployment for deployment in last if not deployment.is_final), None)
    view = _view(aws, target, running) if running else None
    traffic = production_traffic(aws, target, primary, view)
    return Status(
        service=target.service,
        wanted=short(target.revision),
        would_change=what_a_release_changes(aws, target, primary),
        live=live,
        images=_images(aws, live.revision) if live else {},
        weights={each.name: each.traffic_percent for each in traffic},
        target_groups=traffic,
        running=running,
        stage=view.stage if view else None,
        scaling_suspended=scaling.suspended(aws, target),
        last=last,
    )


def _view(aws: Aws, target: Target, running: DeploymentRecord) -> View:
    with aws_errors(f"read the deployment {running.id}"):
        return observation.look(aws, running.id, target)


def _images(aws: Aws, revision: str) -> dict[str, str]:
    with aws_errors(f"read the task definition {short(revision)}"):
        task_definition = aws.ecs.describe_task_definition(taskDefinition=revision)[
            "taskDefinition"
        ]
    return {
        container["name"]: container["image"].rsplit("@", 1)[-1]
        for container in task_definition["containerDefinitions"]
    }
