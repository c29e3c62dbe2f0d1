"""A CodeDeploy lifecycle hook: run the checks of its event, and always answer.

CodeDeploy waits an hour for a hook that keeps silent. So the checks run in a thread beside the one
that answers: whatever they do, hanging included, the status is reported before the function's own
deadline. Only when reporting itself fails does the function fail, and its error alarm rings.

https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html
"""

import json
import os
import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from aws import client

# Time kept for the report: throttled attempts are repeated with growing pauses.
REPORT_MARGIN = timedelta(seconds=20)
CHECKS_FILE = Path(__file__).with_name("checks.json")


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
    remaining = timedelta(milliseconds=context.get_remaining_time_in_millis()) - REPORT_MARGIN
    passed = _run_within(remaining, deployment_id)
    client("codedeploy").put_lifecycle_event_hook_execution_status(
        deploymentId=deployment_id,
        lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
        status="Succeeded" if passed else "Failed",
    )


def _run_within(available: timedelta, deployment_id: str) -> bool:
    seconds = max(available.total_seconds(), 0)
    deadline = time.monotonic() + seconds
    verdicts: list[bool] = []
    worker = threading.Thread(
        target=lambda: verdicts.append(_checks_pass(deployment_id, deadline)), daemon=True
    )
    worker.start()
    worker.join(seconds)
    if not verdicts:
        ending = "hang" if worker.is_alive() else "ended without a verdict"
        _log(deployment_id, "all", "failed", seconds * 1000, f"the checks {ending}")
    return verdicts == [True]


def _checks_pass(deployment_id: str, deadline: float) -> bool:
    started = time.monotonic()
    try:
        # Imported here, so that a module that can't be imported is reported as well.
        import checks
        import deployment

        declared = json.loads(CHECKS_FILE.read_text()).get(os.environ["LIFECYCLE_EVENT"], [])
        green = deployment.read_green(deployment_id, os.environ)
        _log(deployment_id, "deployment", "passed", _since(started), f"green is {green.revision}")
        passed = True
        for result in checks.run(declared, green, deadline=deadline):
            outcome = "passed" if result.passed else "failed"
            _log(deployment_id, result.check, outcome, result.duration_ms, result.detail)
            passed = passed and result.passed
        return passed
    except Exception as error:
        detail = f"{type(error).__name__}: {error}"
        _log(deployment_id, "deployment", "failed", _since(started), detail)
        return False


def _since(started: float) -> float:
    return (time.monotonic() - started) * 1000


def _log(deployment_id: str, check: str, outcome: str, duration_ms: float, detail: str) -> None:
    line = {
        "deployment_id": deployment_id,
        "lifecycle_event": os.environ.get("LIFECYCLE_EVENT"),
        "check": check,
        "outcome": outcome,
        "duration_ms": round(duration_ms),
        "detail": detail,
    }
    print(json.dumps(line), flush=True)
