"""A lane is brought back to health before each fault: the one before leaves whatever it leaves."""

from __future__ import annotations

from dataclasses import replace

from faults.lane import Lane, group_name
from faults.lanes import TASKS
from faults.versions import HEALTHY
from slipway.release import Deployment, result, start, stop
from slipway.release.history import running
from slipway.release.live import live_task_set
from slipway.release.target import short


def mend(lane: Lane) -> None:
    """Bring the lane back to health: a fault leaves whatever it leaves.

    Raises
    ------
    LaneError
        It doesn't become healthy.
    """
    _end_deployments(lane)
    lane.undo()
    _restore_traffic(lane)
    if short(lane.primary()["taskDefinition"]) not in _healthy_revisions(lane):
        release_healthy(lane)
    lane.wait(
        lambda: not _ailments(lane), "the lane does not become healthy", lambda: _ailments(lane)
    )


def release_healthy(lane: Lane) -> None:
    """Release another revision of the healthy version, without hooks and alarms."""
    target = replace(lane.target.with_revision(lane.register()), hooks={})
    deployment = start(
        lane.aws, target, description="Mend the lane", ignore_alarms="mending", force=True
    )
    lane.wait(
        lambda: (
            running(lane.aws, lane.target) is None
            or lane.aws.codedeploy.get_deployment(deploymentId=deployment.id)["deploymentInfo"].get(
                "instanceTerminationWaitTimeStarted"
            )
        ),
        f"{deployment.id} does not shift",
    )
    lane.aws.codedeploy.continue_deployment(
        deploymentId=deployment.id, deploymentWaitType="TERMINATION_WAIT"
    )
    lane.wait(lambda: result(lane.aws, deployment).is_final, f"{deployment.id} does not end")


def _ailments(lane: Lane) -> list[str]:
    """Say everything that is not as it must be before a fault."""
    primary, found = lane.primary(), []
    others = [each for each in lane.task_sets() if each["status"] == "ACTIVE"]
    own = group_name(primary)
    for route in ("prodTrafficRoute", "testTrafficRoute"):
        weights = lane.weights(route)
        if weights.get(own) != 100:
            found.append(f"weights of {route}: {weights}, not all on {own}")
    if running(lane.aws, lane.target):
        found.append("a deployment runs")
    if others:
        found.append(f"{len(others)} task sets too many")
    healthy = lane.healthy_targets(own)
    running_count, desired = primary["runningCount"], primary["computedDesiredCount"]
    if not running_count == desired == healthy == TASKS:
        found.append(
            f"{desired} tasks are desired, {running_count} run, {healthy} are healthy, not {TASKS}"
        )
    if firing := lane.firing():
        found.append(f"alarms fire: {', '.join(firing)}")
    return found


def _end_deployments(lane: Lane) -> None:
    while unfinished := running(lane.aws, lane.target):
        deployment = Deployment(id=unfinished.id, target=lane.target)
        if not unfinished.is_rollback:
            stop(lane.aws, deployment, rollback=False)
        lane.wait(
            lambda deployment=deployment: result(lane.aws, deployment).is_final,
            f"{unfinished.id} does not end",
        )


def _restore_traffic(lane: Lane) -> None:
    """Put traffic on the primary task set, and remove the others."""
    primary = lane.primary()
    own, arns = group_name(primary), lane.target_groups()
    for route in ("prodTrafficRoute", "testTrafficRoute"):
        if lane.weights(route).get(own) == 100:
            continue
        groups = [
            {"TargetGroupArn": arn, "Weight": 100 * (name == own)} for name, arn in arns.items()
        ]
        for rule in lane.rules(route):
            lane.aws.elbv2.modify_rule(
                RuleArn=rule["RuleArn"],
                Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}],
            )
    for other in lane.task_sets():
        if other["status"] == "ACTIVE":
            lane.aws.ecs.delete_task_set(
                cluster=lane.target.cluster,
                service=lane.target.service,
                taskSet=other["id"],
                force=True,
            )


def _healthy_revisions(lane: Lane) -> set[str]:
    """Name the live revision if it runs a healthy image, or the stack's own."""
    live = live_task_set(lane.aws, lane.target)
    if live is None:
        return set()
    definition = lane.aws.ecs.describe_task_definition(taskDefinition=live.revision)
    image = definition["taskDefinition"]["containerDefinitions"][0]["image"]
    good = image.endswith(lane.images.digest(HEALTHY))
    return {short(lane.target.revision), *([short(live.revision)] if good else [])}
