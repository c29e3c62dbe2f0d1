"""One fault on one lane: a release, what happens meanwhile, and what was seen of it all."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from faults.fault import EVENTS, Loss, Serves
from faults.lane import Lane, group_name
from faults.requests import Blame, Requests, count
from faults.weights import Weights
from slipway.rehearsal.load import Load
from slipway.rehearsal.load_generator import Answer
from slipway.release import Deployment, result, start
from slipway.release.target import short

RATE = 30
# What clients ask for: the checks ask for neither /stock/book nor /version.
PATHS = ("/stock/book", "/version")

_BASELINE_SECONDS = 0.5
# Whoever serves answers all of the last requests. Where two serve, the one with less than a third
# of the traffic answers one of them, but for once in a thousand million times.
_LAST_REQUESTS = {Serves.BLUE: 10, Serves.GREEN: 10, Serves.BOTH: 60}


@dataclass(frozen=True)
class Seen:
    """How a fault ended, and what it cost."""

    status: str
    code: str | None
    message: str
    events: Mapping[str, str]
    rollback: str | None
    """The status of the deployment that rolled it back; None where there was none."""
    rolls_back: str | None
    """The deployment that the rollback names as the one that it undoes."""
    deployment: str
    serves: Serves | str
    primary: Serves | str
    test_listener: Serves | str
    answered_by: tuple[Serves | str, ...]
    """Who answered the last requests."""
    requests: Requests


@dataclass
class Scene:
    """What a provocation acts on.

    Attributes
    ----------
    deployment
        The release that the fault is about: the first one.
    """

    lane: Lane
    name: str
    deployment: Deployment | None = None
    revision: str = ""
    blames: Blame | None = None
    blue: dict[str, Any] = field(default_factory=dict)

    def release(
        self,
        revision: str,
        hooks: Mapping[str, str],
        **options: Any,
    ) -> Deployment:
        """Start a release of a revision; the first one is what the fault is about.

        Most revisions say what the live one says: what is released matters to few faults.
        """
        target = replace(self.lane.target.with_revision(revision), hooks=hooks)
        options = {"force": True, **options}
        deployment = start(self.lane.aws, target, description=self.name[:200], **options)
        if self.deployment is None:
            self.adopt(deployment)
        return deployment

    def adopt(self, deployment: Deployment) -> None:
        """Take a release that somebody else started for what the fault is about."""
        self.deployment, self.revision = deployment, short(deployment.target.revision)

    @property
    def release_id(self) -> str:
        """The id of the release that the fault is about."""
        assert self.deployment, f"{self.name} released nothing"
        return self.deployment.id

    def information(self) -> dict[str, Any]:
        """Describe the release, as GetDeployment does."""
        answer = self.lane.aws.codedeploy.get_deployment(deploymentId=self.release_id)
        return dict(answer["deploymentInfo"])

    def events(self) -> dict[str, str]:
        """Return the status of every lifecycle event of the release."""
        codedeploy, target = self.lane.aws.codedeploy, self.lane.target
        answer = codedeploy.batch_get_deployment_targets(
            deploymentId=self.release_id, targetIds=[f"{target.cluster}:{target.service}"]
        )
        events = answer["deploymentTargets"][0]["ecsTarget"]["lifecycleEvents"]
        return {event["lifecycleEventName"]: event["status"] for event in events}

    def until(self, condition: Callable[[], Any], what: str) -> None:
        """Wait until something has come about; the release must not end before.

        Raises
        ------
        LaneError
            It didn't come about.
        """

        def come_about() -> bool:
            # In this order: what comes about with the end counts.
            over = self.information()["status"] in ("Succeeded", "Failed", "Stopped")
            if condition():
                return True
            assert not over, f"{self.name}: over before {what}: {self._end()}"
            return False

        self.lane.wait(come_about, f"{self.name}: never {what}")

    def _end(self) -> str:
        information = self.information()
        error = information.get("errorInformation") or {}
        return f"{information['status']}, {error.get('code')}, {error.get('message')}"

    def until_over(self) -> None:
        """Wait until the release has ended, and its rollback too."""
        aws, deployment = self.lane.aws, self.deployment
        assert deployment, f"{self.name} released nothing"
        self.lane.wait(
            lambda: result(aws, deployment).is_final, f"{self.name}: {deployment.id} does not end"
        )
        rollback = result(aws, deployment).rollback_id
        if rollback:
            self.lane.wait(
                lambda: result(aws, replace(deployment, id=rollback)).is_final,
                f"{self.name}: the rollback {rollback} does not end",
            )

    def green(self) -> dict[str, Any]:
        """Describe green's task set."""
        return next(
            each for each in self.lane.task_sets() if each.get("externalId") == self.release_id
        )

    def green_percent(self) -> float:
        """Return green's share of production traffic."""
        return self.lane.weights().get(self.other_group(), 0)

    def other_group(self) -> str:
        own = group_name(self.blue)
        return next(name for name in self.lane.target_groups() if name != own)

    def side(self, weights: Mapping[str, float]) -> Serves | str:
        """Say who is served by weights."""
        blue = weights.get(group_name(self.blue), 0)
        return {100: Serves.BLUE, 0: Serves.GREEN}.get(int(blue), Serves.BOTH)


def play(lane: Lane, name: str, provoke: Callable[[Scene], None], loses: Loss, file: Path) -> Seen:
    """Carry a fault out under traffic, and say how it ended."""
    scene = Scene(lane, name, blue=lane.primary())
    target = lane.target
    with ExitStack() as stack:
        load = Load(f"http://{target.address}:{target.port}", file, rate=RATE, paths=PATHS)
        load.start()
        stack.callback(load.kill)
        weights = stack.enter_context(Weights(lane.weights))
        lane.wait(lambda: load.snapshot().versions, f"{name}: nobody answers before the fault")
        time.sleep(_BASELINE_SECONDS)
        provoke(scene)
        scene.until_over()
        over, last = time.time() + 0.2, 0
        wanted = _LAST_REQUESTS.get(scene.side(lane.weights()), 10)

        def are_answered() -> bool:
            nonlocal last
            last += sum(answer.start >= over for answer in load.take())
            return last >= wanted

        lane.wait(are_answered, f"{name}: nobody answers after the fault")
        load.stop()
    if weights.error:
        raise weights.error
    answers = [Answer(**json.loads(line)) for line in file.read_text().splitlines()]
    blame = {
        Loss.NONE: None,
        Loss.SHARE_OF_GREEN: Blame(scene.other_group()),
        Loss.SHARE_OF_THE_DEAD: scene.blames,
    }[loses]
    return _seen(scene, count(answers, weights.samples, blame, over))


def _seen(scene: Scene, requests: Requests) -> Seen:
    lane, information, events = scene.lane, scene.information(), scene.events()
    assert list(events) == list(EVENTS), f"{scene.name}: the events are {list(events)}"
    error = information.get("errorInformation") or {}
    rollback_id = (information.get("rollbackInfo") or {}).get("rollbackDeploymentId")
    rollback: dict[str, Any] = {}
    if rollback_id:
        answer = lane.aws.codedeploy.get_deployment(deploymentId=rollback_id)
        rollback = answer["deploymentInfo"]
    primary = lane.primary()
    blue = short(scene.blue["taskDefinition"])
    return Seen(
        status=information["status"],
        code=error.get("code"),
        message=error.get("message", ""),
        events=events,
        rollback=rollback.get("status"),
        rolls_back=(rollback.get("rollbackInfo") or {}).get("rollbackTriggeringDeploymentId"),
        deployment=scene.release_id,
        serves=scene.side(lane.weights()),
        primary=Serves.BLUE if primary["id"] == scene.blue["id"] else Serves.GREEN,
        test_listener=scene.side(lane.weights("testTrafficRoute")),
        answered_by=tuple(
            {blue: Serves.BLUE, scene.revision: Serves.GREEN}.get(revision, revision)
            for revision in requests.revisions
        ),
        requests=requests,
    )
