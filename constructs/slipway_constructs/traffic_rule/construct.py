"""The construct of a traffic rule: one custom resource, and one function behind all of a stack."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from aws_cdk import CfnResource, RemovalPolicy
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from slipway_constructs.encryption import EncryptionKey
from slipway_constructs.findings import acknowledge_each
from slipway_constructs.functions import CLOUDFORMATION, answers_for_function, depend_by_reference
from slipway_constructs.listeners import Listeners
from slipway_constructs.logs import EncryptedLogGroup, function_log_group
from slipway_constructs.permissions import Permission, ServiceRole, to_log
from slipway_constructs.values import duration, own_stack_id, python_runtime

_RUNTIME = str(Path(__file__).parent / "runtime")

# Longer than the function may take.
_TIMEOUT_SECONDS = 120


class TrafficRuleProvider(Construct):
    """The function that makes, changes and removes the rules of one service's listeners.

    Parameters
    ----------
    scope, id_
        Where the function lives, and its name there.
    function_name
        The function's name; its log group is named after it.
    listeners
        The service's listeners: it changes their rules, and no others.
    log_retention, encryption, removal_policy
        How long its log lives, under which key, and what happens at the end.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        function_name: str,
        listeners: Listeners,
        log_retention: timedelta,
        encryption: EncryptionKey,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(scope, id_)
        log_group = EncryptedLogGroup(
            self,
            "Logs",
            name=function_log_group(function_name),
            retention=log_retention,
            encryption=encryption,
            removal_policy=removal_policy,
        )
        on_listeners = listeners.permissions(
            on_listeners=["elasticloadbalancing:CreateRule"],
            on_rules=[
                "elasticloadbalancing:AddTags",
                "elasticloadbalancing:DeleteRule",
                "elasticloadbalancing:ModifyRule",
                "elasticloadbalancing:SetRulePriorities",
            ],
        )
        role = ServiceRole(
            self,
            "Role",
            service="lambda.amazonaws.com",
            permissions=[
                to_log([log_group]),
                Permission(
                    ["elasticloadbalancing:DescribeRules", "elasticloadbalancing:DescribeTags"],
                    ["*"],
                ),
                # Whether the stack is rolling back decides whether a failure may be reported. Its
                # own, and by id: a later stack of that name is another one.
                Permission(["cloudformation:DescribeStacks"], [own_stack_id()]),
                *on_listeners,
            ],
            wildcards={
                "*": "Elastic Load Balancing describes nothing by ARN: DescribeRules and "
                "DescribeTags take no narrower resource, and only read.",
                **listeners.wildcards(on_listeners),
            },
        )
        function = lambda_.Function(
            self,
            "Function",
            function_name=function_name,
            description="Owns the listener rules that CodeDeploy shifts",
            runtime=python_runtime(),
            handler="handler.handler",
            code=lambda_.Code.from_asset(_RUNTIME, exclude=["**/__pycache__"]),
            role=role,
            log_group=log_group,
            memory_size=256,
            timeout=duration(timedelta(minutes=1)),
        )
        acknowledge_each(depend_by_reference(function), answers_for_function(caller=CLOUDFORMATION))
        self.function_arn = function.function_arn


class TrafficRule(Construct):
    """One rule of one listener, which forwards to whatever is live.

    The rule is made with both target groups, all traffic to the first. Afterwards its actions
    belong to CodeDeploy: an update changes conditions and priority only, and a replaced listener's
    new rule begins with the actions of the old one.

    Parameters
    ----------
    scope, id_
        Where the rule lives, and its name there.
    provider
        The function that does it.
    listener
        The listener, whose default action should be a fixed response.
    first_target_group
        The ARN of the one where traffic goes until the first release.
    idle_target_group
        The other one of the pair, which the rule names with no traffic, or its targets' health
        would not be checked. Its reference also has it deleted after the rule.
    priority
        The rule's place among the listener's rules.
    paths
        The path patterns that it matches.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        provider: TrafficRuleProvider,
        listener: elbv2.CfnListener,
        first_target_group: str,
        idle_target_group: str,
        priority: int = 100,
        paths: Sequence[str] = ("/*",),
    ) -> None:
        super().__init__(scope, id_)
        # What it needs, the function and its role with all permissions, comes first and goes last
        # by itself: a rollback can undo the rule.
        self.resource = CfnResource(
            self,
            "Resource",
            type="Custom::TrafficRule",
            properties={
                "ServiceToken": provider.function_arn,
                "ServiceTimeout": str(_TIMEOUT_SECONDS),
                "ListenerArn": listener.ref,
                "Priority": str(priority),
                "Paths": list(paths),
                "TargetGroupArn": first_target_group,
                "IdleTargetGroupArn": idle_target_group,
            },
        )
