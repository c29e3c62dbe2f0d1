"""What CodeDeploy knows of a service: how to shift it, when to give up, what it may touch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from constructs import Construct

from slipway_constructs.blue_green.service import BlueGreenService
from slipway_constructs.listeners import Listeners
from slipway_constructs.permissions import Permission, ServiceRole
from slipway_constructs.task import Task
from slipway_constructs.values import arn, duration


@dataclass(frozen=True, kw_only=True)
class Shift:
    """How production traffic moves to green.

    ``percent`` of it at first and the rest after ``interval`` (a canary), or ``percent`` more at
    each ``interval`` (``linear``). Without a percentage it moves all at once.
    """

    percent: int | None = None
    interval: timedelta = timedelta()
    linear: bool = False


class DeploymentGroup(Construct):
    """A CodeDeploy application and its one deployment group, with a narrow role.

    A deployment rolls back when it fails, when it is stopped, and when an alarm fires. After the
    shift blue waits, so that it can come back.

    Parameters
    ----------
    scope, id_
        Where the group lives, and its name there.
    application_name, group_name
        What they are called in CodeDeploy.
    cluster_name, service_name
        The ECS service's names, for what the role may touch.
    service, task, listeners
        What is deployed, and in front of what.
    hook_functions
        Names of the functions that CodeDeploy may invoke.
    shift
        How traffic moves.
    approval_wait
        How long green waits for approval before it gets production traffic; at most five days.
        ``None`` doesn't wait.
    termination_wait
        How long blue is kept after the shift; at most two days.
    alarms
        At most ten, which is CodeDeploy's quota.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        application_name: str,
        group_name: str,
        cluster_name: str,
        service_name: str,
        service: BlueGreenService,
        task: Task,
        listeners: Listeners,
        hook_functions: Sequence[str],
        shift: Shift,
        approval_wait: timedelta | None,
        termination_wait: timedelta,
        alarms: Sequence[cloudwatch.CfnAlarm],
    ) -> None:
        super().__init__(scope, id_)
        self.role = self._role(cluster_name, service_name, task, listeners, hook_functions)
        self.application = codedeploy.EcsApplication(
            self, "Application", application_name=application_name
        )
        self.group = codedeploy.EcsDeploymentGroup(
            self,
            "Group",
            application=self.application,
            deployment_group_name=group_name,
            service=service.service,
            # The library would attach AWS's own, wider policy to a role that it may change.
            role=self.role.without_policy_updates(),
            blue_green_deployment_config=codedeploy.EcsBlueGreenDeploymentConfig(
                blue_target_group=service.target_groups["blue"],
                green_target_group=service.target_groups["green"],
                listener=listeners.production,
                test_listener=listeners.test,
                deployment_approval_wait_time=duration(approval_wait) if approval_wait else None,
                termination_wait_time=duration(termination_wait),
            ),
            deployment_config=self._deployment_config(shift),
            alarms=list(alarms),
            auto_rollback=codedeploy.AutoRollbackConfig(
                failed_deployment=True, stopped_deployment=True, deployment_in_alarm=True
            ),
        )

    def _deployment_config(self, shift: Shift) -> codedeploy.IEcsDeploymentConfig:
        if shift.percent is None:
            return codedeploy.EcsDeploymentConfig.ALL_AT_ONCE
        config = codedeploy.EcsDeploymentConfig(
            self,
            "Shift",
            traffic_routing=_routing(shift.interval, shift.percent, linear=shift.linear),
        )
        # By its name: the group refers to it, and a DependsOn beside that says nothing more.
        return codedeploy.EcsDeploymentConfig.from_ecs_deployment_config_name(
            self, "ShiftByName", config.deployment_config_name
        )

    def _role(
        self,
        cluster_name: str,
        service_name: str,
        task: Task,
        listeners: Listeners,
        hook_functions: Sequence[str],
    ) -> ServiceRole:
        # By name and not by reference: the policy is then older than the service, and has reached
        # every corner of IAM by the time at which CodeDeploy tries the role.
        service_arn = arn(self, "ecs", f"service/{cluster_name}/{service_name}")
        task_set_arns = arn(self, "ecs", f"task-set/{cluster_name}/{service_name}/*")
        on_listeners = listeners.permissions(
            on_listeners=["elasticloadbalancing:ModifyListener"],
            on_rules=["elasticloadbalancing:ModifyRule"],
        )
        # CodeDeploy tries its permissions when the group is created.
        return ServiceRole(
            self,
            "Role",
            service="codedeploy.amazonaws.com",
            permissions=[
                Permission(["ecs:DescribeServices"], [service_arn]),
                Permission(
                    [
                        "ecs:CreateTaskSet",
                        "ecs:DeleteTaskSet",
                        "ecs:DescribeTaskSets",
                        "ecs:UpdateServicePrimaryTaskSet",
                    ],
                    [service_arn, task_set_arns],
                ),
                *on_listeners,
                # Without versions: the AppSpec names functions only.
                Permission(
                    ["lambda:InvokeFunction"],
                    [arn(self, "lambda", f"function:{name}") for name in hook_functions],
                ),
                Permission(["cloudwatch:DescribeAlarms"], ["*"]),
                Permission(
                    [
                        "elasticloadbalancing:DescribeListeners",
                        "elasticloadbalancing:DescribeRules",
                        "elasticloadbalancing:DescribeTargetGroups",
                    ],
                    ["*"],
                ),
                Permission(
                    ["iam:PassRole"],
                    [task.execution_role.role_arn, task.task_role.role_arn],
                    {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
                ),
            ],
            wildcards={
                task_set_arns: "A task set's ARN is known only once CodeDeploy has made it, at "
                "each release anew. These are the task sets of this one service.",
                **listeners.wildcards(on_listeners),
                "*": "Elastic Load Balancing describes nothing by ARN, and CodeDeploy asks for the "
                "alarms of its group in one call. All four actions only read; a policy test lists "
                "them.",
            },
        )


@cache
def _routing(interval: timedelta, percent: int, *, linear: bool) -> codedeploy.TrafficRouting:
    routing = (
        codedeploy.TrafficRouting.time_based_linear
        if linear
        else codedeploy.TrafficRouting.time_based_canary
    )
    return routing(interval=duration(interval), percentage=percent)
