"""Releases as a developer makes them: build, push, deploy the stack, release, follow."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from slipway.rehearsal.environment import RehearsedEnvironment
from slipway.rehearsal.errors import RehearsalError
from slipway.rehearsal.load import Load
from slipway.rehearsal.report import Deployment, Event
from slipway.release import Aws, Kind, Target, result, start, watch

_WATCH_INTERVAL = timedelta(milliseconds=300)
# Of what takes a moment; on a busy machine a moment is long.
_PATIENCE = timedelta(minutes=2)


class Releases:
    """The releases of a rehearsal, one after the other, and what CodeDeploy says of each.

    Parameters
    ----------
    environment
        Where they are made.
    tell
        Told each step in a sentence.

    Attributes
    ----------
    deployments
        All that happened, rollbacks included, in their order.
    """

    def __init__(self, environment: RehearsedEnvironment, tell: Callable[[str], None]) -> None:
        self._environment = environment
        self._tell = tell
        self.deployments: list[Deployment] = []

    def release(self, service: str, load: Load, title: str) -> Deployment:
        """Release a service as the workspace has it, and follow it to its end, rollback included.

        Parameters
        ----------
        service
            The service.
        load
            The traffic on it meanwhile.
        title
            What it is to do: ``version 2``.
        """
        environment = self._environment
        environment.push(environment.build())
        environment.synthesise()
        environment.deploy_service(service)
        aws, target = environment.cloud.release_clients(), environment.target(service)
        deployment = start(
            aws,
            target,
            description=f"Rehearsal of {title}",
            tell=self._tell,
            sleep=lambda _: environment.cloud.sleep(_WATCH_INTERVAL.total_seconds()),
        )
        following = watch(aws, deployment, interval=_WATCH_INTERVAL, sleep=environment.cloud.sleep)
        for progress in following:
            counts = load.snapshot()
            suffix = f" | {counts.requests} requests, {counts.failed} failed"
            self._tell(progress.message + (suffix if progress.kind is Kind.TRAFFIC else ""))
            for reason in _reasons(progress.details):
                self._tell(reason)
        recorded = read_deployment(aws, deployment.id, target, title)
        self.deployments.append(recorded)
        rollback_id = result(aws, deployment).rollback_id
        if rollback_id:
            wait_until(
                lambda: result(aws, replace(deployment, id=rollback_id)).is_final,
                f"The rollback {rollback_id} does not end: see {environment.cloud.log}",
            )
            self.deployments.append(
                read_deployment(aws, rollback_id, target, f"rollback of {title}", deployment.id)
            )
            self._tell(f"Rollback {rollback_id}: {self.deployments[-1].status}")
        return recorded

    def rollbacks_of(self, deployment: Deployment) -> list[Deployment]:
        """Return the deployments that took this one back."""
        return [each for each in self.deployments if each.rollback_of == deployment.id]


def happens(condition: Callable[[], bool]) -> bool:
    """Tell whether something comes true that may take a moment."""
    deadline = time.monotonic() + _PATIENCE.total_seconds()
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.2)
    return True


def wait_until(condition: Callable[[], bool], otherwise: str) -> None:
    """Wait for something that takes a moment.

    Raises
    ------
    RehearsalError
        With what to say if it does not happen.
    """
    if not happens(condition):
        raise RehearsalError(otherwise)


def _reasons(log_lines: Sequence[str]) -> Iterator[str]:
    """Find in a hook's structured log what failed, and how."""
    for line in log_lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and entry.get("outcome") == "failed" and "check" in entry:
            yield f"the check {entry['check']} failed: {entry.get('detail', '')}"


def read_deployment(
    aws: Aws, id_: str, target: Target, title: str, rollback_of: str | None = None
) -> Deployment:
    """Read from CodeDeploy how a deployment went.

    Parameters
    ----------
    aws
        The clients of its account.
    id_
        Its id.
    target
        What was released.
    title
        What it was to do: ``version 2``.
    rollback_of
        The deployment that it took back.
    """
    info: dict[str, Any] = aws.codedeploy.get_deployment(deploymentId=id_)["deploymentInfo"]
    targets = aws.codedeploy.list_deployment_targets(deploymentId=id_)["targetIds"]
    found = aws.codedeploy.batch_get_deployment_targets(deploymentId=id_, targetIds=targets)
    events = found["deploymentTargets"][0]["ecsTarget"].get("lifecycleEvents", [])
    return Deployment(
        service=target.service,
        id=id_,
        title=title,
        status=info["status"],
        started_at=info["createTime"],
        ended_at=info.get("completeTime"),
        events=tuple(
            Event(
                name=event["lifecycleEventName"],
                status=event["status"],
                hook=event["lifecycleEventName"] in target.hooks,
                started_at=event.get("startTime"),
                ended_at=event.get("endTime"),
            )
            for event in events
        ),
        message=info.get("errorInformation", {}).get("message"),
        rollback_of=rollback_of,
    )
