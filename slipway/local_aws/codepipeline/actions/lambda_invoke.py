"""A Lambda function does the work, and reports itself how it went.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-Lambda.html
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError

from slipway.local_aws.codepipeline.action import (
    ActionAbandoned,
    ActionFailed,
    ActionResult,
    ActionRun,
    ActionType,
    Credentials,
)
from slipway.local_aws.codepipeline.actions.acting import (
    account_of,
    client,
    credentials_of,
    reason_of,
)
from slipway.local_aws.codepipeline.executions import jobs

# https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
_TIMEOUT = timedelta(hours=1)
_LEAST_SECONDS = 30.0
# Undocumented: our reading of how soon a function that goes on is called again.
_BEFORE_NEXT_CALL = timedelta(seconds=30)
_INTERVAL_SECONDS = 0.1


class LambdaInvoke:
    """Calls a function without waiting for its end, and waits for its report."""

    type = ActionType("Invoke", "Lambda")
    required = frozenset({"FunctionName"})
    optional = frozenset({"UserParameters"})

    def problem(self, configuration: Mapping[str, str]) -> str | None:
        """Find nothing: every text will do."""
        return None

    def run(self, run: ActionRun) -> ActionResult:
        """Call the function until it has done the job."""
        clock = run.machine.clock
        credentials = credentials_of(run)
        job = jobs.service(run.machine).open(account_of(run))
        deadline = time.monotonic() + clock.wall_for_code(_TIMEOUT, _LEAST_SECONDS)
        token: str | None = None
        while True:
            self._call(run, credentials, job.id, token)
            report = self._wait(run, job, deadline)
            run.tell(
                **{
                    name: said
                    for name, said in (
                        ("summary", report.summary),
                        ("external_execution_id", report.external_execution_id),
                    )
                    if said
                }
            )
            if report.failure is not None:
                raise ActionFailed(report.failure)
            if not report.continuation_token:
                return ActionResult(dict(report.variables))
            token = report.continuation_token
            job.go_on()
            if run.abandoned.wait(clock.wall(_BEFORE_NEXT_CALL)):
                raise _abandoned(run)

    def _call(
        self, run: ActionRun, credentials: Credentials, job_id: str, token: str | None
    ) -> None:
        function = run.declaration.configuration["FunctionName"]
        event = event_of(run, job_id, credentials, token)
        try:
            client(run, "lambda", credentials).invoke(
                FunctionName=function, InvocationType="Event", Payload=json.dumps(event)
            )
        except ClientError as error:
            raise ActionFailed(
                f"The function {function} can't be called: {reason_of(error)}", "ConfigurationError"
            ) from error

    def _wait(self, run: ActionRun, job: jobs.Job, deadline: float) -> jobs.Report:
        while time.monotonic() < deadline:
            if report := job.wait(_INTERVAL_SECONDS):
                return report
            if run.abandoned.is_set():
                raise _abandoned(run)
        function = run.declaration.configuration["FunctionName"]
        raise ActionFailed(
            f"The function {function} has not returned a result within {_TIMEOUT}: it has to call "
            "PutJobSuccessResult or PutJobFailureResult"
        )


def event_of(
    run: ActionRun, job_id: str, credentials: Credentials, continuation_token: str | None = None
) -> dict[str, Any]:
    """Return the event that the function gets.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-invoke-lambda-function.html
    """
    declaration = run.declaration
    data: dict[str, Any] = {
        "actionConfiguration": {"configuration": dict(declaration.configuration)},
        "inputArtifacts": [_artifact(run, name) for name in declaration.inputs],
        "outputArtifacts": [_artifact(run, name) for name in declaration.outputs],
        "artifactCredentials": {
            "accessKeyId": credentials["aws_access_key_id"],
            "secretAccessKey": credentials["aws_secret_access_key"],
            "sessionToken": credentials["aws_session_token"],
        },
    }
    if continuation_token is not None:
        data["continuationToken"] = continuation_token
    return {"CodePipeline.job": {"id": job_id, "accountId": account_of(run), "data": data}}


def _artifact(run: ActionRun, name: str) -> dict[str, Any]:
    location = run.artifacts.location(name)
    place = {"bucketName": location.bucket, "objectKey": location.key}
    return {"name": name, "revision": None, "location": {"type": "S3", "s3Location": place}}


def _abandoned(run: ActionRun) -> ActionAbandoned:
    function = run.declaration.configuration["FunctionName"]
    return ActionAbandoned(f"nobody waits for the function {function} any more")
