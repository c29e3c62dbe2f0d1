"""What the engine tells of executions, stages and actions, as notification rules hear it."""

from __future__ import annotations

from typing import Any

from slipway.local_aws.codepipeline.engine import Listener
from slipway.local_aws.codepipeline.execution import (
    FAILED,
    ActionExecution,
    Execution,
    StageExecution,
)
from slipway.local_aws.codepipeline.notifications import EVENTS, Happening, Notifications
from slipway.local_aws.codepipeline.pipeline import Pipeline


def announcer(notifications: Notifications) -> Listener:
    """Return the listener that passes what the engine tells on to the notification rules.

    Approvals tell themselves that they are needed: only they know the resolved texts.
    """

    def listen(
        pipeline: Pipeline,
        execution: Execution,
        record: StageExecution | None,
        action: ActionExecution | None,
        state: str,
    ) -> None:
        kind = "action" if action else "stage" if record else "pipeline"
        event = f"{kind}-execution-{state.lower()}"
        if event not in EVENTS:
            return
        detail: dict[str, Any] = {
            "execution-id": execution.id,
            "state": state,
            "version": execution.definition.version,
        }
        if record:
            detail["stage"] = record.stage.name
        if action:
            detail.update(_of_action(action))
        additional = _failures(execution) if state == "FAILED" else {}
        notifications.notify(
            Happening(pipeline.account, pipeline.region, pipeline.name, event, detail, additional)
        )

    return listen


def _of_action(action: ActionExecution) -> dict[str, Any]:
    kind = action.declaration.type
    return {
        "action": action.declaration.name,
        "region": action.region,
        "type": {
            "owner": kind.owner,
            "provider": kind.provider,
            "category": kind.category,
            "version": kind.version,
        },
    }


def _failures(execution: Execution) -> dict[str, Any]:
    """Return which actions of the latest failed stage failed, and why."""
    for record in reversed(execution.stages.values()):
        failed = [
            {"action": name, "additionalInformation": (action.error or {}).get("message", "")}
            for name, action in record.actions.items()
            if action.status == FAILED
        ]
        if failed:
            return {
                "failedStage": record.stage.name,
                "failedActionCount": len(failed),
                "failedActions": failed,
            }
    return {}
