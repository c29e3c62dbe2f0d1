"""One lane: a service with its load balancer and deployment group."""

from __future__ import annotations

import copy
import os
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from faults.hooks import RAISES, zipped
from faults.versions import HEALTHY, Images, Version
from slipway.rehearsal.environment import RehearsedEnvironment
from slipway.release import Target, taskdef
from waiting import PATIENCE_SECONDS


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
        for rule in self.rules(route):
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

    # What faults change, and `undo` changes back.

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
        """Have something undone before the next fault."""
        self._undo.append(undo)

    def undo(self) -> None:
        """Undo what is to be undone, the latest first."""
        while self._undo:
            self._undo.pop()()

    def wait(
        self,
        condition: Callable[[], Any],
        otherwise: str,
        detail: Callable[[], Any] = lambda: "",
        *,
        seconds: float = PATIENCE_SECONDS,
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

    @property
    def _pair(self) -> dict[str, Any]:
        pairs = self._group["loadBalancerInfo"]["targetGroupPairInfoList"]
        return dict(pairs[0])

    def rules(self, route: str) -> list[dict[str, Any]]:
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
