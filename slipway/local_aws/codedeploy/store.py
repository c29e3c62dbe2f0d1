"""Everything that CodeDeploy holds for one account in one region."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from slipway.local_aws.codedeploy.configurations import DeploymentConfiguration, predefined
from slipway.local_aws.codedeploy.errors import CodeDeployError
from slipway.local_aws.codedeploy.model import Application, Deployment, DeploymentGroup
from slipway.local_aws.codedeploy.validation import require_deployment_id


@dataclass
class Store:
    """Finds what requests name, or refuses with the error that the API documents."""

    account: str
    region: str
    applications: dict[str, Application] = field(default_factory=dict)
    groups: dict[tuple[str, str], DeploymentGroup] = field(default_factory=dict)
    configurations: dict[str, DeploymentConfiguration] = field(default_factory=predefined)
    deployments: dict[str, Deployment] = field(default_factory=dict)
    revisions: dict[str, dict[str, str]] = field(default_factory=dict)

    def application(self, name: str | None) -> Application:
        """Find an application."""
        if not name:
            raise CodeDeployError(
                "ApplicationNameRequiredException", "The application name is required"
            )
        if name not in self.applications:
            raise CodeDeployError(
                "ApplicationDoesNotExistException", f"No application found for name: {name}"
            )
        return self.applications[name]

    def group(self, application: str | None, name: str | None) -> DeploymentGroup:
        """Find a deployment group."""
        self.application(application)
        if not name:
            raise CodeDeployError(
                "DeploymentGroupNameRequiredException", "The deployment group name is required"
            )
        group = self.groups.get((str(application), name))
        if group is None:
            raise CodeDeployError(
                "DeploymentGroupDoesNotExistException",
                f"No Deployment Group found for name: {name}",
            )
        return group

    def configuration(self, name: str) -> DeploymentConfiguration:
        """Find a deployment configuration."""
        if name not in self.configurations:
            raise CodeDeployError(
                "DeploymentConfigDoesNotExistException",
                f"No deployment configuration found for name: {name}",
            )
        return self.configurations[name]

    def deployment(self, deployment_id: str | None) -> Deployment:
        """Find a deployment."""
        if not deployment_id:
            raise CodeDeployError("DeploymentIdRequiredException", "The deployment ID is required")
        require_deployment_id(deployment_id)
        if deployment_id not in self.deployments:
            raise CodeDeployError(
                "DeploymentDoesNotExistException",
                f"The deployment {deployment_id} could not be found",
            )
        return self.deployments[deployment_id]

    def of_group(
        self, group: DeploymentGroup, matches: Callable[[Deployment], bool] = lambda _: True
    ) -> list[Deployment]:
        """Return a group's deployments, the latest first."""
        return [
            item
            for item in reversed(self.deployments.values())
            if item.group is group and matches(item)
        ]

    def remember_revision(self, application: str, digest: str, content: str) -> None:
        """Keep a revision, so that GetApplicationRevision can answer its content."""
        self.revisions.setdefault(application, {})[digest] = content

    def describe_group(self, group: DeploymentGroup) -> dict[str, Any]:
        """Return the DeploymentGroupInfo structure of the API."""
        described = {
            **group.settings,
            "applicationName": group.application,
            "deploymentGroupName": group.name,
            "deploymentGroupId": group.id,
            "computePlatform": "ECS",
        }
        if attempts := self.of_group(group):
            described["lastAttemptedDeployment"] = _summary(attempts[0])
        if successes := self.of_group(group, lambda item: item.status == "Succeeded"):
            described["lastSuccessfulDeployment"] = _summary(successes[0])
        return described


def _summary(deployment: Deployment) -> dict[str, Any]:
    summary = {
        "deploymentId": deployment.id,
        "status": deployment.status,
        "createTime": deployment.created,
    }
    return {**summary, "endTime": deployment.completed} if deployment.completed else summary
