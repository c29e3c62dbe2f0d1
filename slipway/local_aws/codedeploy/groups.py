"""Operations on applications, deployment groups, configurations and revisions."""

from __future__ import annotations

import time
from typing import Any

from slipway.local_aws.codedeploy.appspec import content_of, digest_of
from slipway.local_aws.codedeploy.configurations import (
    ALL_AT_ONCE,
    DeploymentConfiguration,
    predefined,
)
from slipway.local_aws.codedeploy.errors import CodeDeployError
from slipway.local_aws.codedeploy.model import Application, DeploymentGroup, revision_of
from slipway.local_aws.codedeploy.store import Store
from slipway.local_aws.codedeploy.validation import require_alarms, require_auto_rollback

Request = dict[str, Any]
Answer = dict[str, Any]

# Minutes: https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html
_LONGEST_APPROVAL = 120 * 60
_LONGEST_TERMINATION_WAIT = 2880
_NAMES = ("applicationName", "deploymentGroupName")
_RENAMES = ("currentDeploymentGroupName", "newDeploymentGroupName")


class Groups:
    """The part of the API that is about settings."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create_application(self, request: Request) -> Answer:
        """Create an application of the ECS platform."""
        name = request.get("applicationName")
        if not name:
            self._store.application(name)
        if name in self._store.applications:
            raise CodeDeployError(
                "ApplicationAlreadyExistsException", f"Application already exists: {name}"
            )
        if request.get("computePlatform") != "ECS":
            raise CodeDeployError(
                "InvalidComputePlatformException", "This machine deploys to ECS only"
            )
        application = Application(str(name), list(request.get("tags") or []))
        self._store.applications[application.name] = application
        return {"applicationId": application.id}

    def get_application(self, request: Request) -> Answer:
        """Describe an application."""
        application = self._store.application(request.get("applicationName"))
        return {
            "application": {
                "applicationId": application.id,
                "applicationName": application.name,
                "createTime": application.created,
                "linkedToGitHub": False,
                "computePlatform": "ECS",
            }
        }

    def list_applications(self, request: Request) -> Answer:
        """Name every application."""
        return {"applications": list(self._store.applications)}

    def delete_application(self, request: Request) -> None:
        """Delete an application with its groups; one that isn't there is no error."""
        name = request.get("applicationName")
        self._store.applications.pop(str(name), None)
        for key in [key for key in self._store.groups if key[0] == name]:
            self._store.groups.pop(key).missing = "APPLICATION_MISSING"

    def create_deployment_group(self, request: Request) -> Answer:
        """Create a deployment group for one ECS service."""
        application = self._store.application(request.get("applicationName")).name
        name = str(request.get("deploymentGroupName") or "")
        if not name:
            self._store.group(application, name)
        if (application, name) in self._store.groups:
            raise CodeDeployError(
                "DeploymentGroupAlreadyExistsException", f"Deployment group already exists: {name}"
            )
        group = DeploymentGroup(application, name, self._settings(request))
        self._check_service_is_free(group)
        self._store.groups[application, name] = group
        return {"deploymentGroupId": group.id}

    def update_deployment_group(self, request: Request) -> Answer:
        """Change what the request names; the rest stays."""
        application = request.get("applicationName")
        group = self._store.group(application, request.get("currentDeploymentGroupName"))
        group.settings = self._settings({**group.settings, **request})
        if new_name := request.get("newDeploymentGroupName"):
            del self._store.groups[group.application, group.name]
            group.name = new_name
            self._store.groups[group.application, new_name] = group
        return {"hooksNotCleanedUp": []}

    def get_deployment_group(self, request: Request) -> Answer:
        """Describe a deployment group."""
        group = self._store.group(
            request.get("applicationName"), request.get("deploymentGroupName")
        )
        return {"deploymentGroupInfo": self._store.describe_group(group)}

    def batch_get_deployment_groups(self, request: Request) -> Answer:
        """Describe several deployment groups of one application, and say which are unknown."""
        application = self._store.application(request.get("applicationName")).name
        names = request.get("deploymentGroupNames") or []
        known = [name for name in names if (application, name) in self._store.groups]
        found = [self._store.describe_group(self._store.group(application, name)) for name in known]
        answer: Answer = {"deploymentGroupsInfo": found}
        if unknown := [name for name in names if name not in known]:
            answer["errorMessage"] = f"No deployment group found for: {', '.join(unknown)}"
        return answer

    def list_deployment_groups(self, request: Request) -> Answer:
        """Name the deployment groups of an application."""
        application = self._store.application(request.get("applicationName")).name
        names = [name for owner, name in self._store.groups if owner == application]
        return {"applicationName": application, "deploymentGroups": names}

    def delete_deployment_group(self, request: Request) -> Answer:
        """Delete a deployment group; one that isn't there is no error."""
        key = (str(request.get("applicationName")), str(request.get("deploymentGroupName")))
        if group := self._store.groups.pop(key, None):
            group.missing = "DEPLOYMENT_GROUP_MISSING"
        return {"hooksNotCleanedUp": []}

    def create_deployment_config(self, request: Request) -> Answer:
        """Create a canary or linear configuration."""
        name = _configuration_name(request)
        if name in self._store.configurations:
            raise CodeDeployError(
                "DeploymentConfigAlreadyExistsException",
                f"Deployment configuration already exists: {name}",
            )
        configuration = DeploymentConfiguration(name, request.get("trafficRoutingConfig") or {})
        self._store.configurations[name] = configuration
        return {"deploymentConfigId": configuration.id}

    def get_deployment_config(self, request: Request) -> Answer:
        """Describe a deployment configuration."""
        configuration = self._store.configuration(_configuration_name(request))
        return {"deploymentConfigInfo": configuration.describe()}

    def list_deployment_configs(self, request: Request) -> Answer:
        """Name every deployment configuration for ECS."""
        return {"deploymentConfigsList": list(self._store.configurations)}

    def delete_deployment_config(self, request: Request) -> None:
        """Delete a configuration that no group and no running deployment uses.

        That a deployment counts is undocumented: our reading of "currently in use".
        https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_DeleteDeploymentConfig.html
        """
        name = _configuration_name(request)
        if name in predefined():
            raise CodeDeployError(
                "InvalidOperationException", "Predefined configurations can't be deleted"
            )
        used = {group.settings["deploymentConfigName"] for group in self._store.groups.values()}
        used |= {
            deployment.configuration_name
            for deployment in self._store.deployments.values()
            if not deployment.is_final
        }
        if name in used:
            raise CodeDeployError("DeploymentConfigInUseException", f"{name} is in use")
        self._store.configurations.pop(name, None)

    def register_application_revision(self, request: Request) -> None:
        """Keep an AppSpec under its sha256."""
        application = self._store.application(request.get("applicationName")).name
        content = content_of(request["revision"])
        self._store.remember_revision(application, digest_of(content), content)

    def get_application_revision(self, request: Request) -> Answer:
        """Return the content of a revision."""
        application = self._store.application(request.get("applicationName")).name
        digest = (request["revision"].get("appSpecContent") or {}).get("sha256", "")
        content = self._store.revisions.get(application, {}).get(digest)
        if content is None:
            raise CodeDeployError(
                "RevisionDoesNotExistException", "There is no revision with this sha256"
            )
        revision = revision_of(content)
        revision["appSpecContent"]["content"] = content
        return {
            "applicationName": application,
            "revision": revision,
            "revisionInfo": {"registerTime": time.time()},
        }

    def tag_resource(self, request: Request) -> None:
        """Tag an application."""
        application = self._tagged(request)
        new = {tag["Key"]: tag for tag in request.get("Tags", [])}
        kept = [tag for tag in application.tags if tag["Key"] not in new]
        application.tags = [*kept, *new.values()]

    def untag_resource(self, request: Request) -> None:
        """Remove tags of an application."""
        application = self._tagged(request)
        keys = request.get("TagKeys", [])
        application.tags = [tag for tag in application.tags if tag["Key"] not in keys]

    def list_tags_for_resource(self, request: Request) -> Answer:
        """Return the tags of an application."""
        try:
            return {"Tags": self._tagged(request).tags}
        except CodeDeployError as error:
            # This operation has no error for an application that doesn't exist.
            raise CodeDeployError("InvalidArnException", str(error)) from error

    def _tagged(self, request: Request) -> Application:
        name = str(request.get("ResourceArn") or "").rpartition(":")[2].partition("/")[0]
        if not name:
            raise CodeDeployError("ResourceArnRequiredException", "The resource's ARN is required")
        return self._store.application(name)

    def _settings(self, request: Request) -> dict[str, Any]:
        settings = {
            key: value
            for key, value in request.items()
            if key not in (*_NAMES, *_RENAMES, "tags") and value is not None
        }
        settings.setdefault("deploymentConfigName", ALL_AT_ONCE)
        self._store.configuration(settings["deploymentConfigName"])
        style = settings.get("deploymentStyle") or {}
        if (style.get("deploymentType"), style.get("deploymentOption")) != (
            "BLUE_GREEN",
            "WITH_TRAFFIC_CONTROL",
        ):
            raise CodeDeployError(
                "InvalidDeploymentStyleException",
                "An ECS deployment group needs the style BLUE_GREEN with WITH_TRAFFIC_CONTROL",
            )
        if len(settings.get("ecsServices") or []) != 1:
            raise CodeDeployError(
                "InvalidECSServiceException", "A deployment group deploys exactly one ECS service"
            )
        pairs = (settings.get("loadBalancerInfo") or {}).get("targetGroupPairInfoList") or []
        if len(pairs) != 1 or len(pairs[0].get("targetGroups") or []) != 2:
            raise CodeDeployError(
                "InvalidTargetGroupPairException",
                "A deployment group needs one pair of target groups",
            )
        require_alarms(settings.get("alarmConfiguration") or {})
        require_auto_rollback(settings.get("autoRollbackConfiguration") or {})
        _require_waits(settings.get("blueGreenDeploymentConfiguration") or {})
        return settings

    def _check_service_is_free(self, group: DeploymentGroup) -> None:
        for other in self._store.groups.values():
            if other.service == group.service:
                raise CodeDeployError(
                    "ECSServiceMappingLimitExceededException",
                    f"The ECS service {group.service['serviceName']} is already deployed by the "
                    f"deployment group {other.name}",
                )


def _configuration_name(request: Request) -> str:
    name = request.get("deploymentConfigName")
    if not name:
        raise CodeDeployError(
            "DeploymentConfigNameRequiredException",
            "The deployment configuration's name is required",
        )
    return str(name)


def _require_waits(blue_green: dict[str, Any]) -> None:
    ready = blue_green.get("deploymentReadyOption") or {}
    termination = blue_green.get("terminateBlueInstancesOnDeploymentSuccess") or {}
    for minutes, most in (
        (ready.get("waitTimeInMinutes"), _LONGEST_APPROVAL),
        (termination.get("terminationWaitTimeInMinutes"), _LONGEST_TERMINATION_WAIT),
    ):
        if not 0 <= int(minutes or 0) <= most:
            raise CodeDeployError(
                "InvalidBlueGreenDeploymentConfigurationException",
                f"A wait of {minutes} minutes is longer than {most}",
            )
