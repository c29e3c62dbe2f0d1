"""What can go wrong: the pieces that the entries of the matrix are made of.

`release` gives a provocation: it releases a version in some way and then does what is to happen in
its midst. A step waits for its moment and acts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from faults import hooks as hook_functions
from faults.scene import Scene
from faults.versions import HEALTHY, Version
from slipway.release import Target
from slipway.release import stop as stop_release

Step = Callable[[Scene], None]
Hooks = Callable[[Target], Mapping[str, str]]

ALL_AT_ONCE = "CodeDeployDefault.ECSAllAtOnce"
CANARY, LINEAR = "faults-canary", "faults-linear"
# What the stack says; a fault may have changed it before.
OF_THE_GROUP = ""

# Enough time on each step for an alarm to see what its share of the traffic meets: six seconds on
# the canary's step, three on each linear one.
ROUTINGS = {
    CANARY: {
        "type": "TimeBasedCanary",
        "timeBasedCanary": {"canaryPercentage": 30, "canaryInterval": 25},
    },
    LINEAR: {
        "type": "TimeBasedLinear",
        "timeBasedLinear": {"linearPercentage": 30, "linearInterval": 12},
    },
}


def make_configurations(codedeploy: Any) -> None:
    """Make the deployment configurations that faults shift by."""
    for name, routing in ROUTINGS.items():
        codedeploy.create_deployment_config(
            deploymentConfigName=name, computePlatform="ECS", trafficRoutingConfig=routing
        )


def release(
    version: Version = HEALTHY,
    *steps: Step,
    hooks: Hooks = hook_functions.nowhere,
    shift: str = ALL_AT_ONCE,
    change: Callable[[dict[str, Any]], None] = lambda container: None,
    before: Step = lambda scene: None,
    **options: Any,
) -> Step:
    """Release a version.

    Parameters
    ----------
    version
        What green runs.
    steps
        What happens meanwhile, one after the other.
    hooks
        The hook of each event that has one.
    shift
        The deployment configuration.
    change
        What is changed in the container definition.
    before
        What is done before the release begins.
    options
        Further ones of `slipway.release.start`.
    """

    def provoke(scene: Scene) -> None:
        lane = scene.lane
        if shift not in (ALL_AT_ONCE, OF_THE_GROUP):
            lane.configure(deploymentConfigName=shift)
        before(scene)
        revision = lane.register(change, version=version)
        scene.release(revision, hooks(lane.target), **options)
        for step in steps:
            step(scene)

    return provoke


# Moments.


def during(event: str) -> Step:
    """Wait until a lifecycle event is in progress."""
    return lambda scene: scene.until(
        lambda: scene.events()[event] == "InProgress", f"{event} in progress"
    )


def shifted(percent: float) -> Step:
    """Wait until green has a share of the production traffic."""
    return lambda scene: scene.until(
        lambda: scene.green_percent() >= percent, f"{percent} % on green"
    )


def in_termination_wait(scene: Scene) -> None:
    """Wait until all is done but the end of blue."""
    scene.until(
        lambda: scene.information().get("instanceTerminationWaitTimeStarted"),
        "waiting for blue's termination",
    )


def ready(scene: Scene) -> None:
    """Wait until the deployment waits for approval."""
    scene.until(lambda: scene.information()["status"] == "Ready", "waiting for approval")


# Deeds.


def end_termination_wait(scene: Scene) -> None:
    """Let blue go as soon as it may: nothing more is to happen."""
    in_termination_wait(scene)
    scene.lane.aws.codedeploy.continue_deployment(
        deploymentId=scene.release_id, deploymentWaitType="TERMINATION_WAIT"
    )


def stop(*, rollback: bool) -> Step:
    """Stop the release, with or without a return to blue."""

    def act(scene: Scene) -> None:
        assert scene.deployment
        stop_release(scene.lane.aws, scene.deployment, rollback=rollback)

    return act


# Things that are not there, or not as they should be.


def missing_image(container: dict[str, Any]) -> None:
    """Name an image that nobody built."""
    repository = container["image"].partition("@")[0]
    container["image"] = f"{repository}@sha256:{'dead' * 16}"


def missing_secret(container: dict[str, Any]) -> None:
    """Name a secret that doesn't exist."""
    for secret in container["secrets"]:
        secret["valueFrom"] = secret["valueFrom"].replace(":secret:", ":secret:not-")


# Hooks.


def only(event: str) -> Hooks:
    """Keep the service's own hook of one event."""
    return lambda target: {event: target.hooks[event]}


def function(event: str, name: str) -> Hooks:
    """Have another function as the hook of one event."""
    return lambda target: {event: name}


def broken(event: str) -> Step:
    """Have the service's own hook of an event end with an exception."""
    return lambda scene: scene.lane.break_hook(event)
