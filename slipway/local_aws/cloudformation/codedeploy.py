"""``AWS::CodeDeploy``: Application, DeploymentGroup and DeploymentConfig for ECS."""

from __future__ import annotations

from typing import Any

from slipway.local_aws.cloudformation.handlers import Created, Properties, changed, register
from slipway.local_aws.codedeploy import CodeDeploy, service
from slipway.local_aws.machine import Machine

# Keys that CloudFormation spells differently from the API, beyond the first letter.
_SPELLINGS = {"ECSServices": "ecsServices", "TestTrafficRoute": "testTrafficRoute"}
_NUMBERS = (
    "terminationWaitTimeInMinutes",
    "waitTimeInMinutes",
    "canaryPercentage",
    "canaryInterval",
    "linearPercentage",
    "linearInterval",
)


def install(machine: Machine) -> None:
    """Register the types."""
    api = service(machine)
    register(
        "AWS::CodeDeploy::Application",
        create=lambda logical_id, new, stack: _create_application(api, logical_id, new, stack),
        update=lambda name, old, new, stack: _update_application(api, name, old, new, stack),
        delete=lambda name, _: _delete(api, "DeleteApplication", applicationName=name),
    )
    register(
        "AWS::CodeDeploy::DeploymentGroup",
        create=lambda logical_id, new, stack: _create_group(api, logical_id, new, stack),
        update=lambda name, old, new, stack: _update_group(api, name, old, new, stack),
        delete=lambda name, old: _delete(
            api,
            "DeleteDeploymentGroup",
            applicationName=old["ApplicationName"],
            deploymentGroupName=name,
        ),
    )
    register(
        "AWS::CodeDeploy::DeploymentConfig",
        create=lambda logical_id, new, stack: _create_config(api, logical_id, new, stack),
        # Every property of a configuration replaces it.
        update=lambda name, old, new, stack: _create_config(api, name, new, stack),
        delete=lambda name, _: _delete(api, "DeleteDeploymentConfig", deploymentConfigName=name),
    )


def _create_application(api: CodeDeploy, logical_id: str, new: Properties, stack: str) -> Created:
    name = new.get("ApplicationName") or f"{stack}-{logical_id}"
    api.call(
        "CreateApplication",
        {
            "applicationName": name,
            "computePlatform": new.get("ComputePlatform", "Server"),
            "tags": new.get("Tags") or [],
        },
    )
    return name, {}


def _update_application(
    api: CodeDeploy, name: str, old: Properties, new: Properties, stack: str
) -> Created:
    if changed(old, new, "ApplicationName", "ComputePlatform"):
        return _create_application(api, name, new, stack)
    arn = f"application:{name}"
    keys = [tag["Key"] for tag in old.get("Tags") or []]
    api.call("UntagResource", {"ResourceArn": arn, "TagKeys": keys})
    api.call("TagResource", {"ResourceArn": arn, "Tags": new.get("Tags") or []})
    return name, {}


def _create_group(api: CodeDeploy, logical_id: str, new: Properties, stack: str) -> Created:
    name = new.get("DeploymentGroupName") or f"{stack}-{logical_id}"
    answer = api.call("CreateDeploymentGroup", {**spelled_as_api(new), "deploymentGroupName": name})
    return name, {"Id": answer["deploymentGroupId"]}


def _update_group(
    api: CodeDeploy, name: str, old: Properties, new: Properties, stack: str
) -> Created:
    if changed(old, new, "ApplicationName"):
        return _create_group(api, name, new, stack)
    # An update calls the group by its current name and by its new one.
    before, settings = spelled_as_api(old), spelled_as_api(new)
    for named in (before, settings):
        named.pop("deploymentGroupName", None)
    # What the template no longer says is taken away, not kept.
    dropped = {key: None for key in before if key not in settings}
    api.call(
        "UpdateDeploymentGroup",
        {
            **dropped,
            **settings,
            "currentDeploymentGroupName": name,
            "newDeploymentGroupName": new.get("DeploymentGroupName") or name,
        },
    )
    return new.get("DeploymentGroupName") or name, {}


def _create_config(api: CodeDeploy, logical_id: str, new: Properties, stack: str) -> Created:
    name = new.get("DeploymentConfigName") or f"{stack}-{logical_id}"
    api.call("CreateDeploymentConfig", {**spelled_as_api(new), "deploymentConfigName": name})
    return name, {}


def _delete(api: CodeDeploy, operation: str, **request: str) -> None:
    api.call(operation, dict(request))


def spelled_as_api(value: Any) -> Any:
    """Spell a template's value as CodeDeploy's API does, and its numbers as numbers."""
    if isinstance(value, dict):
        spelled = {
            _SPELLINGS.get(key, key[:1].lower() + key[1:]): spelled_as_api(inner)
            for key, inner in value.items()
            if key != "Tags"
        }
        return {key: int(inner) if key in _NUMBERS else inner for key, inner in spelled.items()}
    if isinstance(value, list):
        return [spelled_as_api(inner) for inner in value]
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value
