"""Custom::TrafficRule: the listener rule whose actions belong to CodeDeploy.

CloudFormation resets a rule that it owns to what the template says, and after a release that is the
wrong target group (aws-cdk#36649). This resource sets a rule's actions once, when it makes the
rule; afterwards it changes the conditions and the priority only.

Every rule carries a tag that names its stack and logical resource. Whoever finds a rule with its
own tag on the listener takes that rule with its actions: CloudFormation sends a request again when
it missed the answer, and a rollback returns to a listener where the first rule still stands.

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
from botocore.config import Config
from botocore.exceptions import ClientError

OWNER_TAG = "slipway:traffic-rule"
# Time kept for the answer: without one, CloudFormation waits until its own timeout of the resource.
ANSWER_MARGIN = timedelta(seconds=20)
_ANSWER_ATTEMPTS = 3

_PROMPT = Config(
    connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 5}
)
_BRIEF = Config(
    connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 2}
)
_GONE = {"RuleNotFound", "ListenerNotFound", "LoadBalancerNotFound"}


class RuleError(Exception):
    """The rule can't be made as asked; the message is one sentence for whoever reads the stack."""


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
            _delete(elastic_load_balancing, event["PhysicalResourceId"])
            return {"Status": "SUCCESS"}
        act = _create if request == "Create" else _update
        return {"Status": "SUCCESS", "PhysicalResourceId": act(elastic_load_balancing, event)}
    except Exception as error:
        return _failed(event, _sentence(error, event))


def _failed(event: Mapping[str, Any], reason: str) -> dict[str, Any]:
    """Answer FAILED, or SUCCESS where a failure would do more harm than the rule as it is."""
    request = event["RequestType"]
    if request == "Delete" or (request == "Update" and _is_rolling_back(event["StackId"])):
        print(json.dumps({"tolerated": reason}), flush=True)
        return {"Status": "SUCCESS"}
    # CloudFormation takes an answer of 4 KB at most.
    return {"Status": "FAILED", "Reason": reason[:1000]}


def _create(elastic_load_balancing: Any, event: Mapping[str, Any]) -> str:
    properties = event["ResourceProperties"]
    weights = {properties["TargetGroupArn"]: 100, properties["IdleTargetGroupArn"]: 0}
    # The idle group is named from the beginning, as CodeDeploy names it after each release: a
    # group that no rule names is not in use, and its targets' health is not checked.
    groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
    return _make_or_adopt(
        elastic_load_balancing,
        event,
        [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}],
    )


def _update(elastic_load_balancing: Any, event: Mapping[str, Any]) -> str:
    properties, rule_arn = event["ResourceProperties"], event["PhysicalResourceId"]
    rule = _find(elastic_load_balancing, rule_arn)
    if rule is None:
        # Somebody removed it. Without a rule the listener serves nobody: start over.
        return _create(elastic_load_balancing, event)
    if not _belongs_to(rule_arn, properties["ListenerArn"]):
        # CloudFormation sees a new id, and deletes the old rule when the stack update is done.
        return _make_or_adopt(elastic_load_balancing, event, _copy(rule["Actions"]))
    _set(elastic_load_balancing, rule, properties)
    return str(rule_arn)


def _delete(elastic_load_balancing: Any, physical_id: str) -> None:
    if not _is_rule_arn(physical_id):
        return
    try:
        elastic_load_balancing.delete_rule(RuleArn=physical_id)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _GONE:
            raise


def _make_or_adopt(
    elastic_load_balancing: Any, event: Mapping[str, Any], actions: list[dict[str, Any]]
) -> str:
    properties, owner = event["ResourceProperties"], _owner(event)
    listener_arn, priority = properties["ListenerArn"], str(properties["Priority"])
    rules = _rules(elastic_load_balancing, listener_arn)
    for rule in rules:
        # At whatever priority: what a rollback could not change back is still the live rule.
        if _tags(elastic_load_balancing, rule["RuleArn"]).get(OWNER_TAG) == owner:
            _set(elastic_load_balancing, rule, properties)
            return str(rule["RuleArn"])
    for rule in rules:
        if rule["Priority"] == priority:
            raise RuleError(
                f"Priority {priority} of listener {listener_arn} is taken by the rule "
                f"{rule['RuleArn']}: choose another priority, or remove that rule."
            )
    # In a rollback a rule with any weights is better than a listener without one.
    if _is_in_mid_shift(actions) and not _is_rolling_back(event["StackId"]):
        raise RuleError(
            f"Listener {listener_arn} would replace one whose traffic a deployment is shifting: "
            "wait until the deployment has ended, or stop it, and update the stack again."
        )
    made = elastic_load_balancing.create_rule(
        ListenerArn=listener_arn,
        Priority=int(priority),
        Conditions=_conditions(properties),
        Actions=actions,
        Tags=[{"Key": OWNER_TAG, "Value": owner}],
    )
    return str(made["Rules"][0]["RuleArn"])


def _set(elastic_load_balancing: Any, rule: Mapping[str, Any], properties: Any) -> None:
    """Give a rule its priority and conditions; its actions stay as they are."""
    # The priority comes first: when another rule has it, nothing has changed yet.
    if rule["Priority"] != str(properties["Priority"]):
        elastic_load_balancing.set_rule_priorities(
            RulePriorities=[{"RuleArn": rule["RuleArn"], "Priority": int(properties["Priority"])}]
        )
    elastic_load_balancing.modify_rule(RuleArn=rule["RuleArn"], Conditions=_conditions(properties))


def _owner(event: Mapping[str, Any]) -> str:
    """Name this resource among those of all stacks, in at most 256 characters: a tag's value."""
    stack_unique_id = event["StackId"].rsplit("/", 1)[-1]
    return f"{stack_unique_id}/{event['LogicalResourceId']}"[:256]


def _rules(elastic_load_balancing: Any, listener_arn: str) -> list[dict[str, Any]]:
    pages = elastic_load_balancing.get_paginator("describe_rules").paginate(
        ListenerArn=listener_arn
    )
    return [rule for page in pages for rule in page["Rules"] if not rule["IsDefault"]]


def _tags(elastic_load_balancing: Any, rule_arn: str) -> dict[str, str]:
    described = elastic_load_balancing.describe_tags(ResourceArns=[rule_arn])["TagDescriptions"]
    return {tag["Key"]: tag["Value"] for tag in described[0]["Tags"]}


def _find(elastic_load_balancing: Any, rule_arn: str) -> dict[str, Any] | None:
    if not _is_rule_arn(rule_arn):
        return None
    try:
        rules = elastic_load_balancing.describe_rules(RuleArns=[rule_arn])["Rules"]
    except ClientError as error:
        if error.response["Error"]["Code"] in _GONE:
            return None
        raise
    return rules[0] if rules else None


def _copy(actions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return `actions` as CreateRule takes them.

    DescribeRules gives a single target group twice; the forward configuration alone says it all,
    weights and stickiness included.
    """
    return [
        {name: value for name, value in action.items() if name != "TargetGroupArn"}
        if "ForwardConfig" in action
        else action
        for action in actions
    ]


def _is_in_mid_shift(actions: list[dict[str, Any]]) -> bool:
    """Tell whether both target groups get traffic."""
    groups = [
        group
        for action in actions
        for group in action.get("ForwardConfig", {}).get("TargetGroups", ())
    ]
    return sum(int(group.get("Weight", 1)) > 0 for group in groups) > 1


def _conditions(properties: Mapping[str, Any]) -> list[dict[str, Any]]:
    conditions = []
    if paths := properties.get("Paths"):
        conditions.append({"Field": "path-pattern", "PathPatternConfig": {"Values": paths}})
    if hosts := properties.get("Hosts"):
        conditions.append({"Field": "host-header", "HostHeaderConfig": {"Values": hosts}})
    # A rule needs a condition; this one every request meets.
    return conditions or [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}]


def _is_rule_arn(physical_id: str) -> bool:
    return physical_id.startswith("arn:") and ":listener-rule/" in physical_id


def _belongs_to(rule_arn: str, listener_arn: str) -> bool:
    # …:listener/app/a/1/2 has the rule …:listener-rule/app/a/1/2/3.
    return rule_arn.rsplit("/", 1)[0] == listener_arn.replace(":listener/", ":listener-rule/", 1)


def _is_rolling_back(stack_id: str) -> bool:
    try:
        cloudformation = boto3.client("cloudformation", config=_BRIEF)
        stack = cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]
    except Exception as error:
        print(json.dumps({"stack_status": "unknown", "detail": str(error)}), flush=True)
        return False
    return "ROLLBACK" in stack["StackStatus"]


def _sentence(error: Exception, event: Mapping[str, Any]) -> str:
    if isinstance(error, RuleError):
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
