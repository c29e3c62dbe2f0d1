"""Who green is, as CodeDeploy and ECS tell it."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from aws import client
from checks.green import CheckFailed, Green

# https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-resources.html
_TASK_DEFINITION = re.compile(r"(arn:.*/)?(?P<revision>[\w-]+:[0-9]+)")
# JSON from slipway, YAML from a pipeline; Lambda's Python has no YAML.
_NAMED = re.compile(r"""\bTaskDefinition["']?\s*:\s*["']?([^"'\s,}]+)""")
# Where each kind of inline AppSpec has its hash.
# https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_RevisionLocation.html
_INLINE = {"AppSpecContent": "appSpecContent", "String": "string"}


class DeploymentUnreadable(Exception):  # noqa: N818 - a state of the deployment, said in a sentence
    """What the deployment deploys can't be found out; the message says why."""


def read_green(deployment_id: str, environment: Mapping[str, str]) -> Green:
    """Find out what the deployment `deployment_id` brings, and where it can be reached.

    CodeDeploy is asked at once, ECS and EC2 not before a check wants to know.

    Parameters
    ----------
    deployment_id
        ``d-…``, as CodeDeploy gives it to a hook.
    environment
        The function's: CLUSTER, SERVICE, LOAD_BALANCER (``app/<name>/<id>``), HOST, TEST_PORT,
        PRODUCTION_PORT, TEST_PROTOCOL (of both) and ALARMS (a JSON list).

    Raises
    ------
    DeploymentUnreadable
        When the deployment's AppSpec names no revision of a task definition.
    """
    deployment = client("codedeploy").get_deployment(deploymentId=deployment_id)["deploymentInfo"]
    task_definition, revision = _task_definition(deployment_id, deployment)
    cure = (deployment.get("overrideAlarmConfiguration") or {}).get("enabled") is False
    return Green(
        revision=revision,
        host=environment["HOST"],
        port=int(environment["TEST_PORT"]),
        production_port=int(environment["PRODUCTION_PORT"]),
        protocol=environment["TEST_PROTOCOL"],
        alarms=() if cure else tuple(json.loads(environment["ALARMS"])),
        is_cure=cure,
        facts=_Facts(deployment_id, task_definition, environment),
    )


def _task_definition(deployment_id: str, deployment: Mapping[str, Any]) -> tuple[str, str]:
    """Return the task definition as the AppSpec names it, and its ``family:number``."""
    kind = deployment["revision"]["revisionType"]
    member = _INLINE.get(kind)
    if member is None:
        raise DeploymentUnreadable(
            f"deployment {deployment_id} takes its AppSpec from {kind}: only inline AppSpecs "
            "(AppSpecContent) can be checked"
        )
    # GetDeployment always leaves the content out and gives its hash only:
    # https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_GetDeployment.html
    found = client("codedeploy").get_application_revision(
        applicationName=deployment["applicationName"],
        revision={
            "revisionType": kind,
            member: {"sha256": deployment["revision"][member]["sha256"]},
        },
    )["revision"]
    said = _NAMED.search(found[member]["content"])
    if said is None:
        raise DeploymentUnreadable(
            f"the AppSpec of deployment {deployment_id} names no task definition under Resources, "
            "TargetService, Properties: release with slipway or its pipeline, which write it so"
        )
    named = said.group(1)
    match = _TASK_DEFINITION.fullmatch(named)
    if match is None:
        raise DeploymentUnreadable(
            f"the AppSpec of deployment {deployment_id} names the task definition {named}, without "
            "its revision: release with slipway, which names both"
        )
    return named, match["revision"]


class _Facts:
    """What ECS and EC2 tell of green."""

    def __init__(
        self, deployment_id: str, task_definition: str, environment: Mapping[str, str]
    ) -> None:
        self._deployment_id = deployment_id
        self._task_definition = task_definition
        self._environment = environment

    @cached_property
    def images(self) -> tuple[str, ...]:
        # What a task can do without, such as a collector of traces, was built by somebody else:
        # it has none of the evidence that is looked for, and the hooks may not read it.
        definition = client("ecs").describe_task_definition(taskDefinition=self._task_definition)
        return tuple(
            container["image"]
            for container in definition["taskDefinition"]["containerDefinitions"]
            if container.get("essential", True)
        )

    @property
    def desired_count(self) -> int | None:
        count: int | None = self._task_set.get("computedDesiredCount")
        return count

    @property
    def target_group_arn(self) -> str | None:
        load_balancers = self._task_set.get("loadBalancers") or [{}]
        target_group_arn: str | None = load_balancers[0].get("targetGroupArn")
        return target_group_arn

    @property
    def replaces(self) -> str | None:
        live = _first(self._task_sets, status="PRIMARY")
        return live["taskDefinition"].rpartition("/")[2] if live else None

    @cached_property
    def addresses(self) -> tuple[str, ...]:
        interfaces = client("ec2").describe_network_interfaces(
            Filters=[
                {
                    "Name": "description",
                    "Values": [f"ELB {self._environment['LOAD_BALANCER']}"],
                }
            ]
        )["NetworkInterfaces"]
        return tuple(sorted(interface["PrivateIpAddress"] for interface in interfaces))

    @property
    def _task_set(self) -> dict[str, Any]:
        # ECS keeps the deployment's id with the task set that CodeDeploy made for it.
        return _first(self._task_sets, externalId=self._deployment_id)

    @cached_property
    def _task_sets(self) -> Sequence[dict[str, Any]]:
        cluster, service = self._environment["CLUSTER"], self._environment["SERVICE"]
        services = client("ecs").describe_services(cluster=cluster, services=[service])["services"]
        if not services:
            raise CheckFailed(f"there is no ECS service {service} in cluster {cluster}")
        task_sets: Sequence[dict[str, Any]] = services[0].get("taskSets", [])
        return task_sets


def _first(task_sets: Sequence[dict[str, Any]], **fields: str) -> dict[str, Any]:
    """Return the first task set with these fields; an empty one where there is none."""
    return next((each for each in task_sets if fields.items() <= each.items()), {})
