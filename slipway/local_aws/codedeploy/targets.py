"""Operations on the target of a deployment: the one ECS service that it deploys.

https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_ECSTarget.html
"""

from __future__ import annotations

import time
from typing import Any

from slipway.local_aws.codedeploy.ecs_platform import EcsPlatform
from slipway.local_aws.codedeploy.errors import CodeDeployError
from slipway.local_aws.codedeploy.model import Deployment
from slipway.local_aws.codedeploy.store import Store
from slipway.local_aws.machine import Machine

Request = dict[str, Any]
Answer = dict[str, Any]

TARGET_STATUSES = (
    *("Failed", "InProgress", "Pending", "Ready", "Skipped", "Succeeded", "Unknown"),
)


class Targets:
    """The part of the API that is about targets."""

    def __init__(self, machine: Machine, store: Store) -> None:
        self._machine = machine
        self._store = store

    def list_deployment_targets(self, request: Request) -> Answer:
        """Name the one target that an ECS deployment has, if the filters let it through."""
        deployment = self._find_started(request)
        if request.get("nextToken"):
            raise CodeDeployError("InvalidNextTokenException", "The next token is not valid")
        filters = request.get("targetFilters") or {}
        for name in filters:
            if name not in ("TargetStatus", "ServerInstanceLabel"):
                raise CodeDeployError(
                    "InvalidTargetFilterNameException", f"{name} is not a valid target filter"
                )
        wanted = filters.get("TargetStatus", TARGET_STATUSES)
        for status in wanted:
            if status not in TARGET_STATUSES:
                raise CodeDeployError(
                    "InvalidInstanceStatusException", f"{status} is not a valid target status"
                )
        return {"targetIds": [_id_of(deployment)] if deployment.target_status in wanted else []}

    def get_deployment_target(self, request: Request) -> Answer:
        """Describe a target with its lifecycle events and task sets."""
        deployment = self._find_started(request)
        return {"deploymentTarget": self._describe(deployment, request.get("targetId"))}

    def batch_get_deployment_targets(self, request: Request) -> Answer:
        """Describe several targets of one deployment: an ECS deployment has one."""
        deployment = self._find_started(request)
        wanted = request.get("targetIds") or [None]
        if len(wanted) > 1:
            raise CodeDeployError(
                "DeploymentTargetListSizeExceededException",
                "The target list of an ECS deployment must have exactly one item",
            )
        return {"deploymentTargets": [self._describe(deployment, item) for item in wanted]}

    def _describe(self, deployment: Deployment, target_id: str | None) -> Answer:
        if not target_id:
            raise CodeDeployError(
                "DeploymentTargetIdRequiredException", "The deployment target ID is required"
            )
        if not all(target_id.partition(":")):
            raise CodeDeployError(
                "InvalidDeploymentTargetIdException",
                f"Invalid id {target_id} for ECS deployment, valid Id should be in format "
                "<cluster-name>:<service-name>",
            )
        if target_id != _id_of(deployment):
            raise CodeDeployError(
                "DeploymentTargetDoesNotExistException",
                f"The deployment {deployment.id} has no target {target_id}",
            )
        group, store = deployment.settled_group, self._store
        platform = EcsPlatform(self._machine, group, account=store.account, region=store.region)
        ecs_target = {
            "deploymentId": deployment.id,
            "targetId": target_id,
            "targetArn": f"arn:aws:ecs:{store.region}:{store.account}:service/"
            f"{group.service['clusterName']}/{group.service['serviceName']}",
            "lastUpdatedAt": deployment.completed or time.time(),
            "lifecycleEvents": [event.describe() for event in deployment.events],
            "status": deployment.target_status,
            "taskSetsInfo": platform.task_sets_info(deployment),
        }
        return {"deploymentTargetType": "ECSTarget", "ecsTarget": ecs_target}

    def _find_started(self, request: Request) -> Deployment:
        deployment = self._store.deployment(request.get("deploymentId"))
        if deployment.status == "Created":
            raise CodeDeployError(
                "DeploymentNotStartedException",
                f"The deployment {deployment.id} has not started yet",
            )
        return deployment


def _id_of(deployment: Deployment) -> str:
    service = deployment.settled_group.service
    return f"{service['clusterName']}:{service['serviceName']}"
