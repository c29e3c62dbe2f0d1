"""Operations on deployments: create them, and look at them."""

from __future__ import annotations

import threading
from typing import Any

from slipway.local_aws.codedeploy.appspec import AppSpec, content_of, digest_of
from slipway.local_aws.codedeploy.configurations import ALL_AT_ONCE
from slipway.local_aws.codedeploy.ecs_platform import EcsPlatform
from slipway.local_aws.codedeploy.engine import Engine
from slipway.local_aws.codedeploy.errors import CodeDeployError
from slipway.local_aws.codedeploy.model import Deployment
from slipway.local_aws.codedeploy.store import Store
from slipway.local_aws.codedeploy.validation import (
    page,
    require_deployment_id,
    require_ecs_request,
    require_statuses,
    time_range,
)
from slipway.local_aws.machine import Machine

Request = dict[str, Any]
Answer = dict[str, Any]

# https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_BatchGetDeployments.html
_MOST_AT_ONCE = 25


class Deployments:
    """The part of the API that is about deployments."""

    def __init__(self, machine: Machine, store: Store) -> None:
        self._machine = machine
        self._store = store
        self._starting = threading.Lock()

    def create_deployment(self, request: Request) -> Answer:
        """Start a deployment; a group carries out one at a time."""
        group = self._store.group(
            request.get("applicationName"), request.get("deploymentGroupName")
        )
        require_ecs_request(request)
        if not request.get("revision"):
            raise CodeDeployError("RevisionRequiredException", "The revision is required")
        content = self._content(group.application, request["revision"])
        configuration = request.get("deploymentConfigName") or group.settings.get(
            "deploymentConfigName", ALL_AT_ONCE
        )
        previous = self._store.of_group(group, lambda item: item.status == "Succeeded")
        deployment = Deployment(
            group=group,
            spec=AppSpec.parse(content),
            content=content,
            configuration_name=self._store.configuration(configuration).name,
            auto_rollback=request.get("autoRollbackConfiguration")
            or group.settings.get("autoRollbackConfiguration")
            or {"enabled": False},
            alarms=request.get("overrideAlarmConfiguration") or group.alarms,
            override_alarms=request.get("overrideAlarmConfiguration"),
            description=request.get("description", ""),
            previous_content=previous[0].content if previous else None,
        )
        self._prepare(deployment, alone=True).start()
        return {"deploymentId": deployment.id}

    def get_deployment(self, request: Request) -> Answer:
        """Describe a deployment."""
        return {"deploymentInfo": self._store.deployment(request.get("deploymentId")).describe()}

    def batch_get_deployments(self, request: Request) -> Answer:
        """Describe several deployments; those that are unknown are left out."""
        wanted = request.get("deploymentIds") or []
        if len(wanted) > _MOST_AT_ONCE:
            raise CodeDeployError(
                "BatchLimitExceededException", f"At most {_MOST_AT_ONCE} IDs can be asked for"
            )
        if not wanted:
            raise CodeDeployError("DeploymentIdRequiredException", "The deployment ID is required")
        known = self._store.deployments
        for id_ in wanted:
            require_deployment_id(id_)
        return {"deploymentsInfo": [known[id_].describe() for id_ in wanted if id_ in known]}

    def list_deployments(self, request: Request) -> Answer:
        """List the ids of deployments, the latest first."""
        application, name = request.get("applicationName"), request.get("deploymentGroupName")
        if application or name:
            self._store.group(application, name)
        statuses = request.get("includeOnlyStatuses") or []
        require_statuses(statuses)
        start, end = time_range(request.get("createTimeRange") or {})
        found = [
            item.id
            for item in reversed(list(self._store.deployments.values()))
            if application in (None, item.group.application)
            and name in (None, item.group.name)
            and (not statuses or item.status in statuses)
            and start <= item.created <= end
            and not request.get("externalId")
        ]
        return page(found, request.get("nextToken"), "deployments")

    def _prepare(self, deployment: Deployment, *, alone: bool = False) -> Engine:
        store, group = self._store, deployment.group
        with self._starting:
            if alone and (running := store.of_group(group, lambda item: not item.is_final)):
                raise CodeDeployError(
                    "DeploymentLimitExceededException",
                    f"The Deployment Group '{group.name}' already has an active Deployment "
                    f"'{running[0].id}'",
                )
            store.deployments[deployment.id] = deployment
        store.remember_revision(
            group.application, digest_of(deployment.content), deployment.content
        )
        platform = EcsPlatform(
            self._machine, deployment.settled_group, account=store.account, region=store.region
        )
        configuration = store.configuration(deployment.configuration_name)
        return Engine(
            deployment, platform, self._machine.clock, configuration, self._prepare_rollback
        )

    def _prepare_rollback(self, triggering: Deployment) -> Engine:
        """Make the deployment that undoes another: at once, without alarms, without hooks."""
        rollback = Deployment(
            group=triggering.group,
            spec=triggering.spec,
            content=triggering.previous_content or triggering.content,
            configuration_name=ALL_AT_ONCE,
            auto_rollback={"enabled": False},
            alarms={},
            creator="codeDeployRollback",
            blue=triggering.blue,
            green=triggering.green,
        )
        rollback.spec = AppSpec(
            triggering.blue["taskDefinition"],
            triggering.spec.container_name,
            triggering.spec.container_port,
        )
        rollback.rollback = {
            "rollbackTriggeringDeploymentId": triggering.id,
            "rollbackMessage": f"Deployment {rollback.id} is triggered to roll back deployment "
            f"{triggering.id}.",
        }
        return self._prepare(rollback)

    def _content(self, application: str, revision: dict[str, Any]) -> str:
        """Return a revision's AppSpec; one that was registered may be named by its sha256."""
        named = (revision.get("appSpecContent") or {}) if isinstance(revision, dict) else {}
        if named.get("sha256") and not named.get("content"):
            known = self._store.revisions.get(application, {}).get(named["sha256"])
            if known is None:
                raise CodeDeployError(
                    "RevisionDoesNotExistException", "There is no revision with this sha256"
                )
            return known
        return content_of(revision)
