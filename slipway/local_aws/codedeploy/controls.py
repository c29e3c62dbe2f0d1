"""Operations that reach into a running deployment: stop, continue, answer for a hook."""

from __future__ import annotations

from typing import Any

from slipway.local_aws.codedeploy.errors import CodeDeployError
from slipway.local_aws.codedeploy.model import Deployment, HookExecution
from slipway.local_aws.codedeploy.store import Store

Request = dict[str, Any]
Answer = dict[str, Any]


class Controls:
    """The part of the API that a running deployment listens to."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def stop_deployment(self, request: Request) -> Answer:
        """End a deployment; with or without a return to blue."""
        deployment = self._store.deployment(request.get("deploymentId"))
        if deployment.status == "Stopped":
            return {"status": "Succeeded", "statusMessage": "The deployment has stopped."}
        self._require_running(deployment)
        deployment.roll_back_on_stop = request.get("autoRollbackEnabled")
        deployment.stop_requested = True
        deployment.news.set()
        return {"status": "Pending", "statusMessage": "Deployment stop is pending."}

    def continue_deployment(self, request: Request) -> None:
        """End one of the two waits early: before traffic moves, or before blue goes."""
        deployment = self._store.deployment(request.get("deploymentId"))
        self._require_running(deployment)
        kind = request.get("deploymentWaitType", "READY_WAIT")
        if kind not in ("READY_WAIT", "TERMINATION_WAIT"):
            raise CodeDeployError(
                "InvalidDeploymentWaitTypeException", f"{kind} is not a valid wait type"
            )
        if not _waits(deployment, kind):
            raise CodeDeployError(
                "DeploymentIsNotInReadyStateException",
                f"The deployment {deployment.id} is not waiting to be continued",
            )
        _end_wait(deployment, kind)

    def skip_wait_time_for_instance_termination(self, request: Request) -> None:
        """End the termination wait early; ContinueDeployment has taken its place."""
        deployment = self._store.deployment(request.get("deploymentId"))
        self._require_running(deployment)
        if not _waits(deployment, "TERMINATION_WAIT"):
            raise CodeDeployError(
                "DeploymentNotStartedException",
                f"The termination wait of the deployment {deployment.id} has not started",
            )
        _end_wait(deployment, "TERMINATION_WAIT")

    def put_lifecycle_event_hook_execution_status(self, request: Request) -> Answer:
        """Take a hook's answer."""
        deployment = self._store.deployment(request.get("deploymentId"))
        execution = _hook_of(deployment, request.get("lifecycleEventHookExecutionId"))
        status = request.get("status")
        if status not in ("Succeeded", "Failed"):
            raise CodeDeployError(
                "InvalidLifecycleEventHookExecutionStatusException",
                f"A hook reports Succeeded or Failed, not {status}",
            )
        if deployment.is_final or not execution.answer(str(status)):
            raise CodeDeployError(
                "LifecycleEventAlreadyCompletedException",
                "The lifecycle event has already completed",
            )
        deployment.news.set()
        return {"lifecycleEventHookExecutionId": execution.id}

    def _require_running(self, deployment: Deployment) -> None:
        if deployment.is_final:
            raise CodeDeployError(
                "DeploymentAlreadyCompletedException",
                f"The deployment {deployment.id} has already completed",
            )


def _waits(deployment: Deployment, kind: str) -> bool:
    if kind == "READY_WAIT":
        return deployment.status == "Ready"
    return deployment.termination_wait_started


def _end_wait(deployment: Deployment, kind: str) -> None:
    deployment.continued.add(kind)
    deployment.news.set()


def _hook_of(deployment: Deployment, execution_id: str | None) -> HookExecution:
    if execution_id not in deployment.hooks:
        raise CodeDeployError(
            "InvalidLifecycleEventHookExecutionIdException",
            "The lifecycle event hook execution ID is not valid for this deployment",
        )
    return deployment.hooks[execution_id]
