"""What may be done to the services of one environment, and to nothing else."""

from dataclasses import dataclass

from constructs import Construct

from slipway_constructs.permissions import Permission
from slipway_constructs.values import arn

_NO_RESOURCE = (
    "AWS offers nothing narrower for BatchGetDeploymentTargets, DescribeScalableTargets and "
    "DescribeTaskDefinition, which only read: they tell how far a deployment is, what scales, and "
    "which secrets a revision uses."
)
EVERY_SERVICE = (
    "The services of this environment, those to come included: one role serves them all, and a "
    "service is added without a change to it."
)
"""Why a name has a wildcard in the place of the service."""

EVERY_CONFIGURATION = (
    "CodeDeploy reads how to shift traffic with the caller's rights; a service chooses among "
    "AWS's configurations and its own. It only reads."
)
"""Why all deployment configurations may be read."""


@dataclass(frozen=True)
class Rights:
    """Permissions for the services of one environment.

    Parameters
    ----------
    scope
        Says the account and the region.
    cluster_name
        The cluster of the services.
    prefix
        What the names of their stacks and CodeDeploy applications begin with.
    """

    scope: Construct
    cluster_name: str
    prefix: str

    @property
    def to_resume_scaling(self) -> list[Permission]:
        """Find out which deployment suspended what, and let it scale again."""
        return [
            Permission(
                ["codedeploy:GetDeploymentGroup", "codedeploy:ListDeployments"], [self.groups]
            ),
            Permission(["cloudformation:DescribeStacks"], [self.stacks]),
            *self.to_scale,
        ]

    @property
    def to_release(self) -> list[Permission]:
        """Start a deployment of a revision that exists.

        https://docs.aws.amazon.com/codedeploy/latest/userguide/auth-and-access-control-permissions-reference.html
        """
        return [
            Permission(
                [
                    "codedeploy:BatchGetDeployments",
                    "codedeploy:CreateDeployment",
                    "codedeploy:GetDeployment",
                    "codedeploy:ListDeployments",
                ],
                [self.groups],
            ),
            Permission(
                ["codedeploy:GetApplicationRevision", "codedeploy:RegisterApplicationRevision"],
                [self.applications],
            ),
            Permission(["codedeploy:GetDeploymentConfig"], [self.configurations]),
            Permission(["cloudformation:DescribeStacks"], [self.stacks]),
            Permission(
                ["codedeploy:BatchGetDeploymentTargets", "ecs:DescribeTaskDefinition"], ["*"]
            ),
            # A release begins with more tasks, and suspends scaling.
            *self.to_scale,
        ]

    @property
    def wildcards(self) -> dict[str, str]:
        """Why each ``*`` is there that either function has."""
        return {
            "*": _NO_RESOURCE,
            **dict.fromkeys((self.groups, self.stacks, self.services, self.targets), EVERY_SERVICE),
        }

    @property
    def wildcards_to_release(self) -> dict[str, str]:
        """The same for the function that releases."""
        return {
            **self.wildcards,
            self.applications: EVERY_SERVICE,
            self.configurations: EVERY_CONFIGURATION,
        }

    @property
    def to_scale(self) -> list[Permission]:
        """Change a scalable target, for which AWS asks for the service's own permissions too.

        https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_id-based-policy-examples.html
        """
        return [
            Permission(["application-autoscaling:DescribeScalableTargets"], ["*"]),
            Permission(
                ["application-autoscaling:RegisterScalableTarget"],
                [self.targets],
                {
                    "StringEquals": {
                        "application-autoscaling:service-namespace": "ecs",
                        "application-autoscaling:scalable-dimension": "ecs:service:DesiredCount",
                    }
                },
            ),
            Permission(["ecs:DescribeServices", "ecs:UpdateService"], [self.services]),
        ]

    @property
    def groups(self) -> str:
        """The deployment groups."""
        return arn(self.scope, "codedeploy", f"deploymentgroup:{self.prefix}*")

    @property
    def applications(self) -> str:
        """The CodeDeploy applications."""
        return arn(self.scope, "codedeploy", f"application:{self.prefix}*")

    @property
    def configurations(self) -> str:
        """All deployment configurations: a service chooses among AWS's own."""
        return arn(self.scope, "codedeploy", "deploymentconfig:*")

    @property
    def stacks(self) -> str:
        """The stacks."""
        return arn(self.scope, "cloudformation", f"stack/{self.prefix}*")

    @property
    def services(self) -> str:
        """The ECS services."""
        return arn(self.scope, "ecs", f"service/{self.cluster_name}/*")

    @property
    def targets(self) -> str:
        """All scalable targets: their ids are AWS's own."""
        return arn(self.scope, "application-autoscaling", "scalable-target/*")
