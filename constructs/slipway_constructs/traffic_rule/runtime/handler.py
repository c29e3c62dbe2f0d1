"""Custom::TrafficRule: the listener rule whose actions belong to CodeDeploy.

CloudFormation resets a rule that it owns to what the template says, and after a release that is the
wrong target group (aws-cdk#36649). This resource sets a rule's actions once, when it makes the
rule; afterwards it changes the conditions and the priority only.

What fails, and what does not:

- Create and Update report FAILED with a reason: the user must see that the rule isn't there, or
  isn't as asked.
- An Update that would copy a rule in mid-shift to another listener reports FAILED: the running
  deployment goes on with the old listener's rule, so the copy would keep its weights for ever.
- An Update of a stack that is rolling back reports SUCCESS whatever happens. Traffic flows as it
  did; a failure would leave the stack in UPDATE_ROLLBACK_FAILED, from where only a person gets it
  out. If the stack's status can't be read, the failure is reported: a new listener without its
  rule would otherwise pass for a success.
- Delete reports SUCCESS whatever happens. A rule that stays ends with its listener at the latest,
  and a later Create by the same resource takes it over.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
"""

import json
import threading
import time
import urllib.request
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import boto3
import listener_rule
from botocore.config import Config
from botocore.exceptions import ClientError
from stack import is_rolling_back

# Time kept for the answer: without one, CloudFormation waits until its own timeout of the resource.
ANSWER_MARGIN = timedelta(seconds=20)
_ANSWER_ATTEMPTS = 3

_PROMPT = Config(
    connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 5}
)


def handler(event: Mapping[str, Any], context: Any) -> None:
    """Carry out one request of CloudFormation, and answer it before the function's deadline.

    Parameters
    ----------
    event
        A custom resource request. Its properties: ``ListenerArn``; ``Priority``; ``Paths`` and
        ``Hosts``, lists of patterns, either may be left out; ``TargetGroupArn``, where a new
        rule forwards to; ``IdleTargetGroupArn``, the other one of the pair. The physical id and
        the attribute ``RuleArn`` are the rule's ARN.
    context
        Lambda's; its remaining time sets the deadline.

    Raises
    ------
    OSError
        When the answer could not be delivered: Lambda then runs the request again.
    """
    remaining = timedelta(milliseconds=context.get_remaining_time_in_millis()) - ANSWER_MARGIN
    answer = _carry_out_within(remaining, event)
    physical_id = answer.setdefault("PhysicalResourceId", _physical_id(event))
    answer |= {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    answer["Data"] = {"RuleArn": physical_id}
    # Not the event: its ResponseURL is a credential.
    print(json.dumps({"request_type": event["RequestType"], **answer}), flush=True)
    _deliver(event["ResponseURL"], answer)


def _physical_id(event: Mapping[str, Any]) -> str:
    """Name the resource in an answer without a new rule.

    A failed Create must name one too. It isn't an ARN, so the Delete that follows ignores it.
    """
    return str(event.get("PhysicalResourceId") or f"no-rule-{event['RequestId']}")


def _carry_out_within(available: timedelta, event: Mapping[str, Any]) -> dict[str, Any]:
    answers: list[dict[str, Any]] = []
    worker = threading.Thread(target=lambda: answers.append(_carry_out(event)), daemon=True)
    worker.start()
    worker.join(max(available.total_seconds(), 0))
    if answers:
        return answers[0]
    return _failed(event, "The traffic rule could not be set: AWS did not answer in time.")


def _carry_out(event: Mapping[str, Any]) -> dict[str, Any]:
    request = event["RequestType"]
    try:
        elastic_load_balancing = boto3.client("elbv2", config=_PROMPT)
        if request == "Delete":
            listener_rule.delete(elastic_load_balancing, event["PhysicalResourceId"])
            return {"Status": "SUCCESS"}
        act = listener_rule.create if request == "Create" else listener_rule.update
        return {"Status": "SUCCESS", "PhysicalResourceId": act(elastic_load_balancing, event)}
    except Exception as error:
        return _failed(event, _sentence(error, event))


def _failed(event: Mapping[str, Any], reason: str) -> dict[str, Any]:
    """Answer FAILED, or SUCCESS where a failure would do more harm than the rule as it is."""
    request = event["RequestType"]
    if request == "Delete" or (request == "Update" and is_rolling_back(event["StackId"])):
        print(json.dumps({"tolerated": reason}), flush=True)
        return {"Status": "SUCCESS"}
    # CloudFormation takes an answer of 4 KB at most.
    return {"Status": "FAILED", "Reason": reason[:1000]}


def _sentence(error: Exception, event: Mapping[str, Any]) -> str:
    if isinstance(error, listener_rule.RuleError):
        return str(error)
    if isinstance(error, ClientError):
        detail = error.response["Error"]
        priority = event["ResourceProperties"].get("Priority")
        return (
            f"The traffic rule with priority {priority} could not be set: "
            f"{detail.get('Message') or detail['Code']} ({detail['Code']})"
        )
    return f"The traffic rule could not be set: {type(error).__name__}: {error}"


def _deliver(response_url: str, answer: Mapping[str, Any]) -> None:
    request = urllib.request.Request(  # noqa: S310 - CloudFormation's own pre-signed address
        response_url,
        data=json.dumps(answer).encode(),
        # The signature covers an empty content type; urllib would set one of its own.
        headers={"Content-Type": ""},
        method="PUT",
    )
    for attempt in range(1, _ANSWER_ATTEMPTS + 1):
        try:
            with urllib.request.urlopen(request, timeout=2):  # noqa: S310
                return
        except OSError:
            if attempt == _ANSWER_ATTEMPTS:
                raise
            time.sleep(attempt / 2)
