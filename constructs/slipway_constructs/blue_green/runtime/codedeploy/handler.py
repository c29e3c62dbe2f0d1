"""A CodeDeploy lifecycle hook: run the checks of its event, and always answer.

CodeDeploy waits an hour for a hook that keeps silent. So the status is reported before the
function's own deadline, whatever the checks do. Only when reporting itself fails does the function
fail, and its error alarm rings. An answer that nobody waits for any more, as the deployment was
stopped meanwhile, is no failure: the alarm would stop the next release.

https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html
"""

import json
import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import verdict
from aws import client
from botocore.exceptions import ClientError

# Time kept for the report: throttled attempts are repeated with growing pauses.
REPORT_MARGIN = timedelta(seconds=20)
CHECKS_FILE = Path(__file__).parent.with_name("checks.json")


def handler(event: Mapping[str, str], context: Any) -> None:
    """Report `Succeeded` when every check of this function's event passed, otherwise `Failed`.

    Parameters
    ----------
    event
        ``DeploymentId`` and ``LifecycleEventHookExecutionId``.
    context
        Lambda's; its remaining time sets the deadline.

    Raises
    ------
    botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError
        When the status could not be reported.
    """
    deployment_id = event["DeploymentId"]
    log = verdict.Log(
        {
            "deployment_id": deployment_id,
            "lifecycle_event": os.environ.get("LIFECYCLE_EVENT"),
        }
    )
    # Made before any check runs, so that nothing which a check does can hold up the report.
    codedeploy = client("codedeploy")
    passed = verdict.reach(
        lambda: _declared_and_green(deployment_id),
        within=timedelta(milliseconds=context.get_remaining_time_in_millis()) - REPORT_MARGIN,
        log=log,
    )
    try:
        codedeploy.put_lifecycle_event_hook_execution_status(
            deploymentId=deployment_id,
            lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
            status="Succeeded" if passed else "Failed",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "LifecycleEventAlreadyCompletedException":
            raise
        log.write("report", "passed", 0, "nobody waits for it: CodeDeploy has ended the event")


def _declared_and_green(deployment_id: str) -> tuple[verdict.Declared, Any]:
    # Imported here, so that a module that can't be imported is reported as well.
    from codedeploy.deployment import read_green

    declared = json.loads(CHECKS_FILE.read_text()).get(os.environ["LIFECYCLE_EVENT"], [])
    return declared, read_green(deployment_id, os.environ)
