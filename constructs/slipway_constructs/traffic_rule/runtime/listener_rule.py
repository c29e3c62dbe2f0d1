"""A listener's rule: its actions are set once, and then are what CodeDeploy makes of them.

Every rule carries a tag that names its stack and logical resource. Whoever finds a rule with its
own tag on the listener takes that rule with its actions: CloudFormation sends a request again when
it missed the answer, and a rollback returns to a listener where the first rule still stands.
"""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError
from stack import is_rolling_back

OWNER_TAG = "slipway:traffic-rule"

_GONE = {"RuleNotFound", "ListenerNotFound", "LoadBalancerNotFound"}


class RuleError(Exception):
    """The rule can't be made as asked; the message is one sentence for whoever reads the stack."""


def create(elastic_load_balancing: Any, event: Mapping[str, Any]) -> str:
    """Make the rule, or adopt the one that was made before; return its ARN."""
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


def update(elastic_load_balancing: Any, event: Mapping[str, Any]) -> str:
    """Change the rule's conditions and priority, or follow its listener; return the rule's ARN."""
    properties, rule_arn = event["ResourceProperties"], event["PhysicalResourceId"]
    rule = _find(elastic_load_balancing, rule_arn)
    if rule is None:
        # Somebody removed it. Without a rule the listener serves nobody: start over.
        return create(elastic_load_balancing, event)
    if not _belongs_to(rule_arn, properties["ListenerArn"]):
        # CloudFormation sees a new id, and deletes the old rule when the stack update is done.
        return _make_or_adopt(elastic_load_balancing, event, _copy(rule["Actions"]))
    _set(elastic_load_balancing, rule, properties)
    return str(rule_arn)


def delete(elastic_load_balancing: Any, physical_id: str) -> None:
    """Remove the rule, if there is one."""
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
    if _is_in_mid_shift(actions) and not is_rolling_back(event["StackId"]):
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
