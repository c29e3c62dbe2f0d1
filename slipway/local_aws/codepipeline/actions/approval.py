"""A manual approval: somebody says yes or no.

https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals.html
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from botocore.exceptions import ClientError

from slipway.local_aws.codepipeline import notifications
from slipway.local_aws.codepipeline.action import (
    ActionFailed,
    ActionResult,
    ActionRun,
    ActionType,
)
from slipway.local_aws.codepipeline.actions.acting import client, credentials_of, reason_of
from slipway.local_aws.codepipeline.approvals import APPROVED, ask
from slipway.local_aws.codepipeline.notifications import Happening

# https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
_DEFAULT_TIMEOUT = timedelta(days=7)
# However fast the clock runs, whoever approves gets to answer.
_LEAST_SECONDS = 60.0


class ManualApproval:
    """Waits for PutApprovalResult."""

    type = ActionType("Approval", "Manual")
    required: frozenset[str] = frozenset()
    optional = frozenset({"CustomData", "NotificationArn", "ExternalEntityLink"})

    def run(self, run: ActionRun) -> ActionResult:
        """Ask, tell the topic, and wait."""
        minutes = run.declaration.timeout_minutes
        timeout = timedelta(minutes=minutes) if minutes else _DEFAULT_TIMEOUT
        approval = ask(run)
        _announce(run, "manual-approval-needed", "STARTED")
        if topic := run.declaration.configuration.get("NotificationArn"):
            self._publish(run, topic, approval.token, timeout)
        seconds = run.machine.clock.wall_for_code(timeout, _LEAST_SECONDS)
        answer = approval.wait(run.abandoned, seconds)
        approved = answer is not None and answer.status == APPROVED
        outcome = ("succeeded", "SUCCEEDED") if approved else ("failed", "FAILED")
        _announce(run, f"manual-approval-{outcome[0]}", outcome[1])
        if answer is None:
            raise ActionFailed(f"Nobody approved or rejected within {timeout}", "ApprovalTimedOut")
        run.tell(summary=answer.summary)
        if not approved:
            raise ActionFailed(f"The approval was rejected: {answer.summary or 'without a reason'}")
        return ActionResult()

    def _publish(self, run: ActionRun, topic: str, token: str, timeout: timedelta) -> None:
        sns = client(run, "sns", credentials_of(run))
        message = request_message(run, token, datetime.now(UTC) + timeout)
        subject = f"APPROVAL NEEDED: AWS CodePipeline {run.pipeline}"[:100]
        try:
            sns.publish(TopicArn=topic, Subject=subject, Message=json.dumps(message))
        except ClientError as error:
            reason = f"The request for approval can't be published to {topic}: {reason_of(error)}"
            raise ActionFailed(reason, "ConfigurationError") from error


def _announce(run: ActionRun, event: str, state: str) -> None:
    kind = run.declaration.type
    configuration = run.declaration.configuration
    detail = {
        "execution-id": run.execution_id,
        "stage": run.stage,
        "action": run.declaration.name,
        "state": state,
        "region": run.region,
        "type": {
            "owner": kind.owner,
            "provider": kind.provider,
            "category": kind.category,
            "version": kind.version,
        },
    }
    additional = {
        "externalEntityLink": configuration.get("ExternalEntityLink"),
        "customData": configuration.get("CustomData"),
    }
    happening = Happening(run.account, run.region, run.pipeline, event, detail, additional)
    notifications.service(run.machine).notify(happening)


def request_message(run: ActionRun, token: str, expires: datetime) -> dict[str, object]:
    """Return what the topic gets.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals-json-format.html
    """
    configuration = run.declaration.configuration
    console = "https://console.aws.amazon.com/codepipeline/home"
    pipeline = f"{console}?region={run.region}#/view/{run.pipeline}"
    approval = {
        "pipelineName": run.pipeline,
        "stageName": run.stage,
        "actionName": run.declaration.name,
        "token": token,
        "expires": expires.strftime("%Y-%m-%dT%H:%MZ"),
        "externalEntityLink": configuration.get("ExternalEntityLink"),
        "approvalReviewLink": f"{pipeline}/{run.stage}/{run.declaration.name}/approve/{token}",
        "customData": configuration.get("CustomData"),
    }
    return {"region": run.region, "consoleLink": pipeline, "approval": approval}
