"""A manual approval: somebody says yes or no.

https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from botocore.exceptions import ClientError

from slipway.local_aws.codepipeline.action import (
    ActionFailed,
    ActionResult,
    ActionRun,
    ActionType,
)
from slipway.local_aws.codepipeline.actions.acting import client, credentials_of, reason_of
from slipway.local_aws.codepipeline.executions.approvals import APPROVED, ask

# https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
_DEFAULT_TIMEOUT = timedelta(days=7)
# However fast the clock runs, whoever approves gets to answer.
_LEAST_SECONDS = 60.0


class ManualApproval:
    """Waits for PutApprovalResult."""

    type = ActionType("Approval", "Manual")
    required: frozenset[str] = frozenset()
    optional = frozenset({"CustomData", "NotificationArn", "ExternalEntityLink"})

    def problem(self, configuration: Mapping[str, str]) -> str | None:
        """Find nothing: every text will do."""
        return None

    def run(self, run: ActionRun) -> ActionResult:
        """Ask, tell the topic, and wait."""
        minutes = run.declaration.timeout_minutes
        timeout = timedelta(minutes=minutes) if minutes else _DEFAULT_TIMEOUT
        approval = ask(run)
        if topic := run.declaration.configuration.get("NotificationArn"):
            self._publish(run, topic, approval.token, timeout)
        seconds = run.machine.clock.wall_for_code(timeout, _LEAST_SECONDS)
        answer = approval.wait(run.abandoned, seconds)
        if answer is None:
            within = f"{minutes} minutes" if minutes else f"{timeout.days} days"
            raise ActionFailed(f"Nobody approved or rejected within {within}", "ApprovalTimedOut")
        run.tell(summary=answer.summary)
        if answer.status != APPROVED:
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
