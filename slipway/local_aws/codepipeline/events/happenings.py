"""Tells of what happens in a pipeline: to EventBridge, and to notification rules.

https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html
"""

from __future__ import annotations

import json
from typing import Any

from ministack.services import eventbridge

from slipway.local_aws.codepipeline.events import notifications
from slipway.local_aws.codepipeline.events.notifications import EVENTS, Happening
from slipway.local_aws.codepipeline.executions.execution import (
    FAILED,
    ActionExecution,
    Execution,
    StageExecution,
)
from slipway.local_aws.codepipeline.executions.pipeline import Pipeline
from slipway.local_aws.event_loop import in_account
from slipway.local_aws.machine import Machine

Detail = dict[str, Any]


class Teller:
    """Hears of every change from the engine, and passes it on without waiting."""

    def __init__(self, machine: Machine) -> None:
        self._notifications = notifications.service(machine)

    def tell(
        self,
        pipeline: Pipeline,
        execution: Execution,
        record: StageExecution | None,
        action: ActionExecution | None,
        state: str,
    ) -> None:
        """Pass a change on: of an execution, of a stage in it, or of an action in that."""
        kind = "Action" if action else "Stage" if record else "Pipeline"
        detail: Detail = {
            "execution-id": execution.id,
            "version": execution.definition.version,
            "state": state,
            "start-time": execution.started,
        }
        if record:
            detail["stage"] = record.stage.name
        if action:
            detail.update(_of_action(action))
        if state != "NEEDED":  # The event of an approval that asks is its action's STARTED.
            self._put_event(pipeline, kind, detail)
        for event in _events(kind, action, state):
            happening = Happening(
                pipeline.account,
                pipeline.region,
                pipeline.name,
                event,
                detail,
                _additional(execution, action, state),
            )
            self._notifications.notify(happening)

    def _put_event(self, pipeline: Pipeline, kind: str, detail: Detail) -> None:
        entry = {
            "Source": "aws.codepipeline",
            "DetailType": f"CodePipeline {kind} Execution State Change",
            "Detail": json.dumps({"pipeline": pipeline.name, **detail}),
            "Resources": [pipeline.arn],
        }
        in_account(
            pipeline.account,
            pipeline.region,
            # PutEvents itself refuses sources of AWS's own.
            lambda: eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True),
        )


def _of_action(action: ActionExecution) -> Detail:
    kind = action.declaration.type
    return {
        "action": action.declaration.name,
        "action-execution-id": action.id,
        "region": action.region,
        "type": {
            "owner": kind.owner,
            "category": kind.category,
            "provider": kind.provider,
            "version": kind.version,
        },
    }


def _events(kind: str, action: ActionExecution | None, state: str) -> list[str]:
    """Return the names that notification rules have for a change."""
    word = {"ABANDONED": "canceled"}.get(state, state.lower())
    names = [f"{kind.lower()}-execution-{word}"]
    if action and action.declaration.type.category == "Approval":
        names.append(f"manual-approval-{word}")
    return [name for name in names if name in EVENTS]


def _additional(execution: Execution, action: ActionExecution | None, state: str) -> Detail:
    """Return what only full notifications tell."""
    if action:
        told: Detail = {
            name: action.resolved[key]
            for key, name in (
                ("CustomData", "customData"),
                ("ExternalEntityLink", "externalEntityLink"),
            )
            if key in action.resolved
        }
        if action.error:
            told["additionalInformation"] = action.error["message"]
        return told
    if state != "FAILED":
        return {}
    failed = [it for it in execution.stages.values() if it.status == FAILED]
    if not failed:
        return {}
    actions = [
        {
            "action": it.declaration.name,
            "additionalInformation": (it.error or {}).get("message", ""),
        }
        for it in failed[-1].actions.values()
        if it.status == FAILED
    ]
    return {
        "failedStage": failed[-1].stage.name,
        "failedActionCount": len(actions),
        "failedActions": actions,
    }
