"""Operations on deployments: create, watch, stop, continue, answer for a hook."""

from __future__ import annotations

import time
from typing import Any

from slipway.local_aws.codedeploy.appspec import AppSpec, content_of, digest_of
from slipway.local_aws.codedeploy.configurations import ALL_AT_ONCE
from slipway.local_aws.codedeploy.engine import Engine
from slipway.local_aws.codedeploy.errors import CodeDeployError
from slipway.local_aws.codedeploy.model import Deployment, HookExecution
from slipway.local_aws.codedeploy.platform import EcsPlatform
from slipway.local_aws.codedeploy.store import Store
from slipway.local_aws.machine import Machine

Request = dict[str, Any]
Answer = dict[str, Any]


class Deployments:
    """The part of the API that is about deployments."""

    def __init__(self, machine: Machine, store: Store) -> None:
        self._machine = machine
        self._store = store

    def create_deployment(self, request: Request) -> Answer:
        """Start a deployment; a group carries out one at a time."""
        group = self._store.group(
            request.get("applicationName"), request.get("deploymentGroupName")
        )
        if not request.get("revision"):
            raise CodeDeployError("RevisionRequiredException", "The revision is required")
        content = self._content(group.application, request["revision"])
        if running := self._store.of_group(group, lambda item: not item.is_final):
            raise CodeDeployError(
                "DeploymentLimitExceededException",
                f"The Deployment Group '{group.name}' already has an active Deployment "
                f"'{running[0].id}'",
            )
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
        self._start(deployment)
        return {"deploymentId": deployment.id}

    def get_deployment(self, request: Request) -> Answer:
        """Describe a deployment."""
        return {"deploymentInfo": self._find(request).describe()}

    def batch_get_deployments(self, request: Request) -> Answer:
        """Describe several deployments."""
        found = [self._store.deployment(item) for item in request.get("deploymentIds", [])]
        return {"deploymentsInfo": [item.describe() for item in found]}

    def list_deployments(self, request: Request) -> Answer:
        """List the ids of deployments, the latest first."""
        application, name = request.get("applicationName"), request.get("deploymentGroupName")
        if name:
            self._store.group(application, name)
        elif application:
            self._store.application(application)
        statuses = request.get("includeOnlyStatuses") or []
        created = request.get("createTimeRange") or {}
        return {
            "deployments": [
                item.id
                for item in reversed(self._store.deployments.values())
                if application in (None, item.group.application)
                and name in (None, item.group.name)
                and (not statuses or item.status in statuses)
                and created.get("start", 0) <= item.created <= created.get("end", time.time())
            ]
        }

    def list_deployment_targets(self, request: Request) -> Answer:
        """Name the one target that an ECS deployment has."""
        return {"targetIds": [_target_id(self._find_started(request))]}

    def get_deployment_target(self, request: Request) -> Answer:
        """Describe a target with its lifecycle events and task sets."""
        deployment = self._find_started(request)
        return {"deploymentTarget": self._target(deployment, request.get("targetId"))}

    def batch_get_deployment_targets(self, request: Request) -> Answer:
        """Describe several targets of one deployment."""
        deployment = self._find_started(request)
        wanted = request.get("targetIds") or [_target_id(deployment)]
        return {"deploymentTargets": [self._target(deployment, item) for item in wanted]}

    def stop_deployment(self, request: Request) -> Answer:
        """End a deployment; with or without a return to blue."""
        deployment = self._find_running(request)
        deployment.roll_back_on_stop = request.get("autoRollbackEnabled")
        deployment.stop_requested = True
        deployment.news.set()
        return {"status": "Pending", "statusMessage": "Deployment stop is pending."}

    def continue_deployment(self, request: Request) -> Answer:
        """End one of the two waits early: before traffic moves, or before blue goes."""
        deployment = self._find_running(request)
        kind = request.get("deploymentWaitType", "READY_WAIT")
        if kind not in ("READY_WAIT", "TERMINATION_WAIT"):
            raise CodeDeployError(
                "InvalidDeploymentWaitTypeException", f"{kind} is not a valid wait type"
            )
        waits = (
            deployment.status == "Ready"
            if kind == "READY_WAIT"
            else deployment.termination_wait_started
        )
        if not waits:
            raise CodeDeployError(
                "DeploymentIsNotInReadyStateException",
                f"The deployment {deployment.id} is not waiting to be continued",
            )
        deployment.continued.add(kind)
        deployment.news.set()
        return {}

    def put_lifecycle_event_hook_execution_status(self, request: Request) -> Answer:
        """Take a hook's answer."""
        deployment = self._find(request)
        execution = _hook_of(deployment, request.get("lifecycleEventHookExecutionId"))
        status = request.get("status")
        if status not in ("Succeeded", "Failed"):
            raise CodeDeployError(
                "InvalidLifecycleEventHookExecutionStatusException",
                f"A hook reports Succeeded or Failed, not {status}",
            )
        if execution.status is not None or deployment.is_final:
            raise CodeDeployError(
                "LifecycleEventAlreadyCompletedException",
                "The lifecycle event has already completed",
            )
        execution.status = status
        deployment.news.set()
        return {"lifecycleEventHookExecutionId": execution.id}

    def _start(self, deployment: Deployment) -> None:
        store, group = self._store, deployment.group
        store.deployments[deployment.id] = deployment
        store.remember_revision(
            group.application, digest_of(deployment.content), deployment.content
        )
        platform = EcsPlatform(self._machine, group, account=store.account, region=store.region)
        configuration = store.configuration(deployment.configuration_name)
        Engine(
            deployment, platform, self._machine.clock, configuration, self._start_rollback
        ).start()

    def _start_rollback(self, triggering: Deployment) -> Deployment:
        """Start the deployment that undoes another: at once, without alarms, without hooks."""
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
            weights=dict(triggering.weights),
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
        self._start(rollback)
        return rollback

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

    def _target(self, deployment: Deployment, target_id: str | None) -> Answer:
        if target_id != _target_id(deployment):
            raise CodeDeployError(
                "DeploymentTargetDoesNotExistException",
                f"The deployment {deployment.id} has no target {target_id}",
            )
        service, store = deployment.group.service, self._store
        platform = EcsPlatform(
            self._machine, deployment.group, account=store.account, region=store.region
        )
        status = "Failed" if deployment.status == "Stopped" else deployment.status
        ecs_target = {
            "deploymentId": deployment.id,
            "targetId": target_id,
            "targetArn": f"arn:aws:ecs:{store.region}:{store.account}:service/"
            f"{service['clusterName']}/{service['serviceName']}",
            "lastUpdatedAt": deployment.completed or time.time(),
            "lifecycleEvents": [event.describe() for event in deployment.events],
            "status": status,
            "taskSetsInfo": platform.task_sets_info(deployment),
        }
        return {"deploymentTargetType": "ECSTarget", "ecsTarget": ecs_target}

    def _find(self, request: Request) -> Deployment:
        return self._store.deployment(request.get("deploymentId"))

    def _find_started(self, request: Request) -> Deployment:
        deployment = self._find(request)
        if deployment.status == "Created":
            raise CodeDeployError(
                "DeploymentNotStartedException",
                f"The deployment {deployment.id} has not started yet",
            )
        return deployment

    def _find_running(self, request: Request) -> Deployment:
        deployment = self._find(request)
        if deployment.is_final:
            raise CodeDeployError(
                "DeploymentAlreadyCompletedException",
                f"The deployment {deployment.id} has already completed",
            )
        return deployment


def _target_id(deployment: Deployment) -> str:
    service = deployment.group.service
    return f"{service['clusterName']}:{service['serviceName']}"


def _hook_of(deployment: Deployment, execution_id: str | None) -> HookExecution:
    if execution_id not in deployment.hooks:
        raise CodeDeployError(
            "InvalidLifecycleEventHookExecutionIdException",
            "The lifecycle event hook execution ID is not valid for this deployment",
        )
    return deployment.hooks[execution_id]
