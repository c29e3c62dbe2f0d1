"""What happens around a release: tasks die, alarms fire, people scale, stop, approve, or vanish."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any

from faults.lane import group_name
from faults.lanes import PROJECT, TASKS
from faults.mending import release_healthy
from faults.provoke import CANARY, Step
from faults.requests import Blame
from faults.scene import Scene
from faults.versions import VANISHING
from slipway.rehearsal.environment import RehearsedEnvironment
from slipway.release import Deployment, ReleaseInProgressError, start
from slipway.release.history import running
from waiting import PATIENCE_SECONDS


def kill_blue(scene: Scene) -> None:
    """Kill every task of blue, and wait until ECS has replaced them."""
    began = time.time()
    _kill(scene, scene.blue)
    scene.blames = Blame(group_name(scene.blue), begin=began, end=time.time())


def kill_green(scene: Scene) -> None:
    """Kill every task of green, and wait until ECS has replaced them."""
    began, green = time.time(), scene.green()
    _kill(scene, green)
    scene.blames = Blame(group_name(green), begin=began, end=time.time())


def _kill(scene: Scene, task_set: dict[str, Any]) -> None:
    lane = scene.lane
    victims = lane.tasks(task_set)
    assert victims, f"{scene.name}: there is nobody to kill"
    arns = {task["taskArn"] for task in victims}
    lane.kill(victims)

    def replaced() -> bool:
        alive = {task["taskArn"] for task in lane.tasks(task_set)}
        healthy = lane.healthy_targets(group_name(task_set))
        return not alive & arns and healthy == len(victims)

    lane.wait(replaced, f"{scene.name}: the tasks are not replaced")


def scale(count: int) -> Step:
    """Change the service's desired count."""

    def act(scene: Scene) -> None:
        lane, target = scene.lane, scene.lane.target
        service = {"cluster": target.cluster, "service": target.service}
        lane.undo_later(lambda: lane.aws.ecs.update_service(**service, desiredCount=TASKS))
        lane.aws.ecs.update_service(**service, desiredCount=count)

    return act


def lost_image(scene: Scene) -> None:
    """Delete green's image: tasks that run go on, new ones can't start."""
    lane = scene.lane
    digest = lane.images.digest(VANISHING).removeprefix("sha256:")
    image = lane.environment.folders.images / digest / "image.json"
    away = image.with_suffix(".deleted")
    image.rename(away)
    lane.undo_later(lambda: away.rename(image))


def second_release(scene: Scene) -> None:
    """Try to release once more: a sentence that names the first one must refuse it."""
    lane = scene.lane
    try:
        second = start(
            lane.aws,
            lane.target.with_revision(lane.register()),
            description="A second release",
            force=True,
        )
    except ReleaseInProgressError as refusal:
        assert scene.release_id in str(refusal), f"{scene.name}: {refusal}"
    else:
        raise AssertionError(f"{scene.name}: {second.id} was started beside {scene.release_id}")


def ask_for_approval(*, minutes: int) -> Step:
    """Have releases wait for approval."""

    def act(scene: Scene) -> None:
        configuration = scene.lane.group()["blueGreenDeploymentConfiguration"]
        option = {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": minutes}
        scene.lane.configure(
            blueGreenDeploymentConfiguration={**configuration, "deploymentReadyOption": option}
        )

    return act


def approve(scene: Scene) -> None:
    """Approve the release."""
    scene.lane.aws.codedeploy.continue_deployment(
        deploymentId=scene.release_id, deploymentWaitType="READY_WAIT"
    )


def firing_alarm(scene: Scene) -> None:
    """Have an alarm of the deployment group fire, and go on firing."""
    lane, name = scene.lane, f"{scene.lane.name}-fires"
    cloudwatch = lane.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="Faults",
        MetricName="Silence",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="breaching",
    )
    lane.undo_later(lambda: cloudwatch.delete_alarms(AlarmNames=[name]))
    alarms = lane.group()["alarmConfiguration"]
    lane.configure(alarmConfiguration={**alarms, "alarms": [*alarms["alarms"], {"name": name}]})
    lane.wait(
        lambda: cloudwatch.describe_alarms(AlarmNames=[name], StateValue="ALARM")["MetricAlarms"],
        f"{scene.name}: the alarm does not fire",
    )


def no_alarms(scene: Scene) -> None:
    """Have the deployment group watch no alarms."""
    scene.lane.configure(alarmConfiguration={"enabled": False, "alarms": []})


def frequent_health_checks(scene: Scene) -> None:
    """Have green's targets found unhealthy well before their grace period is over, as in AWS."""
    lane = scene.lane
    group = lane.target_groups()[scene.other_group()]
    names = ("HealthCheckIntervalSeconds", "HealthCheckTimeoutSeconds", "UnhealthyThresholdCount")
    before = lane.aws.elbv2.describe_target_groups(TargetGroupArns=[group])["TargetGroups"][0]

    def check(*values: int) -> None:
        settings = dict(zip(names, values, strict=True))
        lane.aws.elbv2.modify_target_group(TargetGroupArn=group, **settings)

    lane.undo_later(lambda: check(*(before[name] for name in names)))
    check(10, 5, 3)


def forgotten_rule(scene: Scene) -> None:
    """Put a forgotten rule before the test listener's own: it leads to blue's tasks."""
    lane = scene.lane
    elbv2, blue = lane.aws.elbv2, lane.target_groups()[group_name(scene.blue)]
    like = elbv2.describe_target_groups(TargetGroupArns=[blue])["TargetGroups"][0]
    group = elbv2.create_target_group(
        Name=f"{lane.name}-forgotten",
        TargetType="ip",
        **{key: like[key] for key in ("Protocol", "Port", "VpcId", "HealthCheckPath")},
        HealthCheckIntervalSeconds=5,
        HealthCheckTimeoutSeconds=2,
    )["TargetGroups"][0]["TargetGroupArn"]
    lane.undo_later(lambda: elbv2.delete_target_group(TargetGroupArn=group))
    targets = elbv2.describe_target_health(TargetGroupArn=blue)["TargetHealthDescriptions"]
    elbv2.register_targets(TargetGroupArn=group, Targets=[each["Target"] for each in targets])
    listener = lane.listener("testTrafficRoute")
    taken = {rule["Priority"] for rule in elbv2.describe_rules(ListenerArn=listener)["Rules"]}
    assert "1" not in taken, f"{scene.name}: the listener's first priority is taken: {taken}"
    rule = elbv2.create_rule(
        ListenerArn=listener,
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": group}],
    )["Rules"][0]["RuleArn"]
    lane.undo_later(lambda: elbv2.delete_rule(RuleArn=rule))

    def serves() -> bool:
        found = elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return [each["TargetHealth"]["State"] for each in found] == ["healthy"] * len(targets)

    lane.wait(serves, f"{scene.name}: the forgotten rule leads nowhere")


def command(scene: Scene, *arguments: str) -> subprocess.Popen[bytes]:
    """Start the slipway command, as a person at this AWS would."""
    environment = scene.lane.environment
    with _told(scene).open("ab") as output:
        return _started(environment, scene.lane.name, arguments, output)


def _told(scene: Scene) -> Path:
    """Where a command writes what it tells."""
    return scene.lane.environment.folders.run / f"command-{scene.lane.name}.log"


def _started(
    environment: RehearsedEnvironment, service: str, arguments: tuple[str, ...], output: IO[bytes]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "slipway", *arguments),
            *(service, "--environment", "local"),
            *("--root", str(environment.workspace.directory)),
        ],
        cwd=PROJECT,
        stdout=output,
        stderr=subprocess.STDOUT,
        env={
            "PATH": os.environ["PATH"],
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        },
    )


def killed_command(scene: Scene) -> None:
    """Release with the command, and kill it once the release runs."""
    lane = scene.lane
    if lane.primary()["taskDefinition"] == lane.target.revision:
        # The command releases the stack's revision: something else has to be live.
        release_healthy(lane)
        lane.wait(lambda: not running(lane.aws, lane.target), "the other release does not end")
        scene.blue = lane.primary()
    lane.configure(deploymentConfigName=CANARY)
    releasing = command(scene, "release")
    try:
        record = lane.wait(
            lambda: running(lane.aws, lane.target),
            f"{scene.name}: the command releases nothing",
            _told(scene).read_text,
        )
        scene.adopt(Deployment(id=record.id, target=lane.target))
        scene.until(lambda: scene.events()["AllowTraffic"] == "InProgress", "in the shift")
    finally:
        releasing.kill()
        releasing.wait()


def watched(scene: Scene) -> None:
    """Pick the release up with another command, which must say how it ended."""
    watching = command(scene, "watch")
    try:
        code = watching.wait(PATIENCE_SECONDS)
    finally:
        watching.kill()
        watching.wait()
    assert code == 0, f"{scene.name}: slipway watch ended with {code}: {_told(scene)}"
