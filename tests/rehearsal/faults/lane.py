"""One lane: a service with its load balancer and deployment group, kept fit for the next fault."""

from __future__ import annotations

import copy
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from faults.hooks import RAISES, zipped
from faults.lanes import TASKS
from faults.versions import HEALTHY, Images, Version
from slipway.rehearsal.environment import RehearsedEnvironment
from slipway.release import Deployment, Target, result, start, stop, taskdef
from slipway.release.history import running
from slipway.release.live import live_task_set
from slipway.release.target import short

_PATIENCE_SECONDS = 60.0


class LaneError(Exception):
    """A lane can't be brought back to health, or something on it never came about."""


class Lane:
    """A service that faults are tried on, one after the other.

    Parameters
    ----------
    environment
        Where it was deployed.
    name
        The service.
    images
        The versions that it may release.
    """

    def __init__(self, environment: RehearsedEnvironment, name: str, images: Images) -> None:
        self.environment, self.name, self.images = environment, name, images
        self.aws = environment.cloud.release_clients()
        self.target: Target = environment.target(name)
        self._clients: dict[str, Any] = {}
        self._undo: list[Callable[[], None]] = []
        self._group = self.group()

    def client(self, service: str) -> Any:
        """Return a boto3 client of the lane's account, made once."""
        if service not in self._clients:
            self._clients[service] = self.environment.cloud.client(service)
        return self._clients[service]

    # What there is.

    def group(self) -> dict[str, Any]:
        """Describe the deployment group."""
        answer = self.aws.codedeploy.get_deployment_group(
            applicationName=self.target.application,
            deploymentGroupName=self.target.deployment_group,
        )
        return dict(answer["deploymentGroupInfo"])

    def task_sets(self) -> list[dict[str, Any]]:
        """Describe the task sets."""
        answer = self.aws.ecs.describe_services(
            cluster=self.target.cluster, services=[self.target.service]
        )
        return list(answer["services"][0]["taskSets"])

    def primary(self) -> dict[str, Any]:
        """Describe the task set that ECS calls PRIMARY."""
        return next(each for each in self.task_sets() if each["status"] == "PRIMARY")

    def tasks(self, task_set: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Describe the running tasks of a task set."""
        arns = self.aws.ecs.list_tasks(cluster=self.target.cluster, startedBy=task_set["id"])
        if not arns["taskArns"]:
            return []
        found = self.aws.ecs.describe_tasks(cluster=self.target.cluster, tasks=arns["taskArns"])
        return [task for task in found["tasks"] if task["lastStatus"] == "RUNNING"]

    def target_groups(self) -> dict[str, str]:
        """Return the pair's target groups: ARN by name."""
        names = [item["name"] for item in self._pair["targetGroups"]]
        answer = self.aws.elbv2.describe_target_groups(Names=names)
        return {each["TargetGroupName"]: each["TargetGroupArn"] for each in answer["TargetGroups"]}

    def listener(self, route: str) -> str:
        """Return the ARN of a listener: ``prodTrafficRoute`` or ``testTrafficRoute``."""
        return str(self._pair[route]["listenerArns"][0])

    def weights(self, route: str = "prodTrafficRoute") -> dict[str, float]:
        """Return the share of each target group, in percent, on a listener."""
        for rule in self._rules(route):
            groups = rule["Actions"][0]["ForwardConfig"]["TargetGroups"]
            total = sum(group["Weight"] for group in groups) or 1
            return {
                group["TargetGroupArn"].split("/")[-2]: 100 * group["Weight"] / total
                for group in groups
            }
        return {}

    def healthy_targets(self, group: str) -> int:
        """Count the targets of a group that are healthy."""
        answer = self.aws.elbv2.describe_target_health(TargetGroupArn=self.target_groups()[group])
        return sum(
            each["TargetHealth"]["State"] == "healthy"
            for each in answer["TargetHealthDescriptions"]
        )

    def firing(self) -> list[str]:
        """Name the alarms that stop a release and fire now."""
        answer = self.client("cloudwatch").describe_alarms(
            AlarmNames=list(self.target.alarms), StateValue="ALARM"
        )
        return [alarm["AlarmName"] for alarm in answer["MetricAlarms"]]

    # What faults change, and `mend` changes back.

    def register(
        self,
        change: Callable[[dict[str, Any]], None] = lambda container: None,
        *,
        version: Version = HEALTHY,
    ) -> str:
        """Register a copy of the stack's revision that runs a version; return its ARN.

        Parameters
        ----------
        change
            Changes the container definition.
        """
        definition = copy.deepcopy(taskdef(self.aws.ecs, self.target.revision))
        container = definition["containerDefinitions"][0]
        repository = container["image"].partition("@")[0]
        container["image"] = f"{repository}@{self.images.digest(version)}"
        change(container)
        answer = self.aws.ecs.register_task_definition(**definition)
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def configure(self, **settings: Any) -> None:
        """Change the deployment group for one fault."""
        self.aws.codedeploy.update_deployment_group(
            applicationName=self.target.application,
            currentDeploymentGroupName=self.target.deployment_group,
            **settings,
        )
        self.undo_later(self._restore_group)

    def break_hook(self, event: str) -> None:
        """Have the service's own hook end with an exception."""
        functions, name = self.client("lambda"), self.target.hooks[event]
        configuration = functions.get_function_configuration(FunctionName=name)
        module = configuration["Handler"].rpartition(".")[0]
        code = self._code_of(name)
        functions.update_function_code(FunctionName=name, ZipFile=zipped(RAISES, module))
        self.undo_later(lambda: functions.update_function_code(FunctionName=name, **code))

    def kill(self, tasks: list[dict[str, Any]]) -> None:
        """Kill the processes of tasks, as a crash would."""
        addresses = {
            detail["value"]
            for task in tasks
            for attachment in task["attachments"]
            for detail in attachment["details"]
            if detail["name"] == "privateIPv4Address"
        }
        for process in _processes_of(addresses):
            os.kill(process, signal.SIGKILL)

    def undo_later(self, undo: Callable[[], Any]) -> None:
        """Have something undone before the next fault, the latest first."""
        self._undo.append(undo)

    # Health.

    def mend(self) -> None:
        """Bring the lane back to health: a fault leaves whatever it leaves.

        Raises
        ------
        LaneError
            It doesn't become healthy.
        """
        self._end_deployments()
        while self._undo:
            self._undo.pop()()
        self._restore_traffic()
        if short(self.primary()["taskDefinition"]) not in self._healthy_revisions():
            self.release_healthy()
        self.wait(lambda: not self._ailments(), "the lane does not become healthy", self._ailments)

    def wait(
        self,
        condition: Callable[[], Any],
        otherwise: str,
        detail: Callable[[], Any] = lambda: "",
        *,
        seconds: float = _PATIENCE_SECONDS,
    ) -> Any:
        """Wait until something is true, and return it.

        Raises
        ------
        LaneError
            It isn't in time.
        """
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            if time.monotonic() > deadline:
                raise LaneError(f"{self.name}: {otherwise}: {detail()}".rstrip(": "))
            self.environment.cloud.sleep(0.2)
        return found

    def _ailments(self) -> list[str]:
        """Say everything that is not as it must be before a fault."""
        primary, found = self.primary(), []
        others = [each for each in self.task_sets() if each["status"] == "ACTIVE"]
        own = group_name(primary)
        for route in ("prodTrafficRoute", "testTrafficRoute"):
            weights = self.weights(route)
            if weights.get(own) != 100:
                found.append(f"weights of {route}: {weights}, not all on {own}")
        if running(self.aws, self.target):
            found.append("a deployment runs")
        if others:
            found.append(f"{len(others)} task sets too many")
        healthy = self.healthy_targets(own)
        running_count, desired = primary["runningCount"], primary["computedDesiredCount"]
        if not running_count == desired == healthy == TASKS:
            found.append(
                f"{desired} tasks are desired, {running_count} run, {healthy} are healthy, "
                f"not {TASKS}"
            )
        if firing := self.firing():
            found.append(f"alarms fire: {', '.join(firing)}")
        return found

    @property
    def _pair(self) -> dict[str, Any]:
        pairs = self._group["loadBalancerInfo"]["targetGroupPairInfoList"]
        return dict(pairs[0])

    def _rules(self, route: str) -> list[dict[str, Any]]:
        """Return the rules of a listener that forward to the pair."""
        names = {item["name"] for item in self._pair["targetGroups"]}
        answer = self.aws.elbv2.describe_rules(ListenerArn=self.listener(route))
        return [
            rule
            for rule in answer["Rules"]
            if names
            & {
                group["TargetGroupArn"].split("/")[-2]
                for action in rule["Actions"]
                for group in (action.get("ForwardConfig") or {}).get("TargetGroups", [])
            }
        ]

    def _end_deployments(self) -> None:
        while unfinished := running(self.aws, self.target):
            deployment = Deployment(id=unfinished.id, target=self.target)
            if not unfinished.is_rollback:
                stop(self.aws, deployment, rollback=False)
            self.wait(
                lambda deployment=deployment: result(self.aws, deployment).is_final,
                f"{unfinished.id} does not end",
            )

    def _restore_group(self) -> None:
        kept = (
            "deploymentConfigName",
            "blueGreenDeploymentConfiguration",
            "alarmConfiguration",
            "autoRollbackConfiguration",
        )
        self.aws.codedeploy.update_deployment_group(
            applicationName=self.target.application,
            currentDeploymentGroupName=self.target.deployment_group,
            **{key: self._group[key] for key in kept},
        )

    def _restore_traffic(self) -> None:
        """Put traffic on the primary task set, and remove the others."""
        primary = self.primary()
        own, arns = group_name(primary), self.target_groups()
        for route in ("prodTrafficRoute", "testTrafficRoute"):
            if self.weights(route).get(own) == 100:
                continue
            groups = [
                {"TargetGroupArn": arn, "Weight": 100 * (name == own)} for name, arn in arns.items()
            ]
            for rule in self._rules(route):
                self.aws.elbv2.modify_rule(
                    RuleArn=rule["RuleArn"],
                    Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}],
                )
        for other in self.task_sets():
            if other["status"] == "ACTIVE":
                self.aws.ecs.delete_task_set(
                    cluster=self.target.cluster,
                    service=self.target.service,
                    taskSet=other["id"],
                    force=True,
                )

    def _healthy_revisions(self) -> set[str]:
        """Name the live revision if it runs a healthy image, or the stack's own."""
        live = live_task_set(self.aws, self.target)
        if live is None:
            return set()
        definition = self.aws.ecs.describe_task_definition(taskDefinition=live.revision)
        image = definition["taskDefinition"]["containerDefinitions"][0]["image"]
        good = image.endswith(self.images.digest(HEALTHY))
        return {short(self.target.revision), *([short(live.revision)] if good else [])}

    def release_healthy(self) -> None:
        """Release another revision of the healthy version, without hooks and alarms."""
        target = replace(self.target.with_revision(self.register()), hooks={})
        deployment = start(self.aws, target, description="Mend the lane", ignore_alarms="mending")
        self.wait(
            lambda: (
                running(self.aws, self.target) is None
                or self.aws.codedeploy.get_deployment(deploymentId=deployment.id)[
                    "deploymentInfo"
                ].get("instanceTerminationWaitTimeStarted")
            ),
            f"{deployment.id} does not shift",
        )
        self.aws.codedeploy.continue_deployment(
            deploymentId=deployment.id, deploymentWaitType="TERMINATION_WAIT"
        )
        self.wait(lambda: result(self.aws, deployment).is_final, f"{deployment.id} does not end")

    def _code_of(self, function: str) -> dict[str, str]:
        """Find where CloudFormation took a function's code from."""
        name = self.environment.settings.names("local").stack(self.name)
        template = self.client("cloudformation").get_template(StackName=name)["TemplateBody"]
        for resource in template["Resources"].values():
            properties = resource.get("Properties", {})
            if properties.get("FunctionName") == function:
                return {key: properties["Code"][key] for key in ("S3Bucket", "S3Key")}
        raise LaneError(f"{self.name}: the stack {name} has no function {function}")


def group_name(task_set: Mapping[str, Any]) -> str:
    """Return the name of a task set's target group."""
    return str(task_set["loadBalancers"][0]["targetGroupArn"].split("/")[-2])


def _processes_of(addresses: set[str]) -> list[int]:
    """Find the containers' processes that were given one of these addresses as HOST."""
    wanted = {f"HOST={address}".encode() for address in addresses}
    found = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        try:
            variables = environment.read_bytes().split(b"\0")
            command = (environment.parent / "cmdline").read_bytes()
        except OSError:
            continue  # somebody else's, or gone
        if wanted & set(variables) and b"leash" not in command:
            found.append(int(environment.parent.name))
    return found
