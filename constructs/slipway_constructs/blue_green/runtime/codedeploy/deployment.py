"""Who green is, as CodeDeploy and ECS tell it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aws import client
from checks.green import Green


class DeploymentUnreadable(Exception):  # noqa: N818 - a state of the deployment, said in a sentence
    """What the deployment deploys can't be found out; the message says why."""


def read_green(deployment_id: str, environment: Mapping[str, str]) -> Green:
    """Find out what the deployment `deployment_id` brings, and where it can be reached.

    Before the event Install there is no task set: `Green.target_group_arn` and
    `Green.desired_count` are None then.

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
        When the deployment's AppSpec names no task definition, or the service doesn't exist.
    """
    ecs = client("ecs")
    deployment = client("codedeploy").get_deployment(deploymentId=deployment_id)["deploymentInfo"]
    definition = ecs.describe_task_definition(
        taskDefinition=_task_definition(deployment_id, deployment)
    )["taskDefinition"]
    cure = (deployment.get("overrideAlarmConfiguration") or {}).get("enabled") is False
    task_sets = _task_sets(ecs, environment["CLUSTER"], environment["SERVICE"])
    # ECS keeps the deployment's id with the task set that CodeDeploy made for it.
    task_set = _first(task_sets, externalId=deployment_id)
    live = _first(task_sets, status="PRIMARY")
    load_balancers = task_set.get("loadBalancers") or [{}]
    return Green(
        revision=f"{definition['family']}:{definition['revision']}",
        images=tuple(container["image"] for container in definition["containerDefinitions"]),
        desired_count=task_set.get("computedDesiredCount"),
        target_group_arn=load_balancers[0].get("targetGroupArn"),
        addresses=_private_addresses(environment["LOAD_BALANCER"]),
        host=environment["HOST"],
        port=int(environment["TEST_PORT"]),
        production_port=int(environment["PRODUCTION_PORT"]),
        protocol=environment["TEST_PROTOCOL"],
        alarms=() if cure else tuple(json.loads(environment["ALARMS"])),
        replaces=live["taskDefinition"].rpartition("/")[2] if live else None,
        is_cure=cure,
    )


def _task_definition(deployment_id: str, deployment: Mapping[str, Any]) -> str:
    if deployment["revision"]["revisionType"] != "AppSpecContent":
        raise DeploymentUnreadable(
            f"deployment {deployment_id} takes its AppSpec from "
            f"{deployment['revision']['revisionType']}: only inline AppSpecs (AppSpecContent) "
            "can be checked"
        )
    # GetDeployment always leaves the content out and gives its hash only:
    # https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_GetDeployment.html
    content = client("codedeploy").get_application_revision(
        applicationName=deployment["applicationName"],
        revision={
            "revisionType": "AppSpecContent",
            "appSpecContent": {"sha256": deployment["revision"]["appSpecContent"]["sha256"]},
        },
    )["revision"]["appSpecContent"]["content"]
    try:
        service = json.loads(content)["Resources"][0]["TargetService"]
        return str(service["Properties"]["TaskDefinition"])
    except (ValueError, LookupError, TypeError):
        raise DeploymentUnreadable(
            f"the AppSpec of deployment {deployment_id} is not JSON that names a task definition "
            "under Resources, TargetService, Properties: release with slipway, which writes it so"
        ) from None


def _task_sets(ecs: Any, cluster: str, service: str) -> Sequence[dict[str, Any]]:
    services = ecs.describe_services(cluster=cluster, services=[service])["services"]
    if not services:
        raise DeploymentUnreadable(f"there is no ECS service {service} in cluster {cluster}")
    task_sets: Sequence[dict[str, Any]] = services[0].get("taskSets", [])
    return task_sets


def _first(task_sets: Sequence[dict[str, Any]], **fields: str) -> dict[str, Any]:
    """Return the first task set with these fields; an empty one where there is none."""
    return next((each for each in task_sets if fields.items() <= each.items()), {})


def _private_addresses(load_balancer: str) -> tuple[str, ...]:
    interfaces = client("ec2").describe_network_interfaces(
        Filters=[{"Name": "description", "Values": [f"ELB {load_balancer}"]}]
    )["NetworkInterfaces"]
    return tuple(sorted(interface["PrivateIpAddress"] for interface in interfaces))
