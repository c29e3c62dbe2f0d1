"""What the functions may do to the services of their environment, and to nothing else."""

from dataclasses import dataclass

from constructs import Construct

from slipway_constructs.permissions import Permission
from slipway_constructs.values import arn

_NO_RESOURCE = (
    "AWS offers nothing narrower for BatchGetDeploymentTargets, DescribeScalableTargets and "
    "DescribeTaskDefinition, which only read: they tell how far a deployment is, what scales, and "
    "which secrets a revision uses."
)
_EVERY_SERVICE = (
    "The services of this environment, those to come included: one function serves them all, and "
    "a service is added without a change to it."
)


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
                ["codedeploy:GetDeploymentGroup", "codedeploy:ListDeployments"], [self._groups]
            ),
            Permission(["cloudformation:DescribeStacks"], [self._stacks]),
            *self._to_scale,
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
                [self._groups],
            ),
            Permission(
                ["codedeploy:GetApplicationRevision", "codedeploy:RegisterApplicationRevision"],
                [self._applications],
            ),
            Permission(["codedeploy:GetDeploymentConfig"], [self._configurations]),
            Permission(["cloudformation:DescribeStacks"], [self._stacks]),
            Permission(
                ["codedeploy:BatchGetDeploymentTargets", "ecs:DescribeTaskDefinition"], ["*"]
            ),
            # A release begins with more tasks, and suspends scaling.
            *self._to_scale,
        ]

    @property
    def wildcards(self) -> dict[str, str]:
        """Why each ``*`` is there that either function has."""
        return {
            "*": _NO_RESOURCE,
            **dict.fromkeys(
                (self._groups, self._stacks, self._services, self._targets), _EVERY_SERVICE
            ),
        }

    @property
    def wildcards_to_release(self) -> dict[str, str]:
        """The same for the function that releases."""
        return {
            **self.wildcards,
            self._applications: _EVERY_SERVICE,
            self._configurations: "CodeDeploy reads how to shift traffic with the caller's rights; "
            "a service chooses among AWS's configurations and its own. It only reads.",
        }

    @property
    def _to_scale(self) -> list[Permission]:
        """Change a scalable target, for which AWS asks for the service's own permissions too.

        https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_id-based-policy-examples.html
        """
        return [
            Permission(["application-autoscaling:DescribeScalableTargets"], ["*"]),
            Permission(
                ["application-autoscaling:RegisterScalableTarget"],
                [self._targets],
                {
                    "StringEquals": {
                        "application-autoscaling:service-namespace": "ecs",
                        "application-autoscaling:scalable-dimension": "ecs:service:DesiredCount",
                    }
                },
            ),
            Permission(["ecs:DescribeServices", "ecs:UpdateService"], [self._services]),
        ]

    @property
    def _groups(self) -> str:
        return arn(self.scope, "codedeploy", f"deploymentgroup:{self.prefix}*")

    @property
    def _applications(self) -> str:
        return arn(self.scope, "codedeploy", f"application:{self.prefix}*")

    @property
    def _configurations(self) -> str:
        return arn(self.scope, "codedeploy", "deploymentconfig:*")

    @property
    def _stacks(self) -> str:
        return arn(self.scope, "cloudformation", f"stack/{self.prefix}*")

    @property
    def _services(self) -> str:
        return arn(self.scope, "ecs", f"service/{self.cluster_name}/*")

    @property
    def _targets(self) -> str:
        return arn(self.scope, "application-autoscaling", "scalable-target/*")
