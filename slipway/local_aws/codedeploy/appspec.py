"""The AppSpec of an ECS deployment.

https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-resources.html
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import yaml

from slipway.local_aws.codedeploy.errors import CodeDeployError

HOOKS = (
    "BeforeInstall",
    "AfterInstall",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AfterAllowTraffic",
)


@dataclass(frozen=True)
class AppSpec:
    """What a deployment is asked to run; keys of nested values are those of the ECS API."""

    task_definition: str
    container_name: str
    container_port: int
    platform_version: str = ""
    network_configuration: dict[str, Any] = field(default_factory=dict)
    capacity_provider_strategy: list[dict[str, Any]] = field(default_factory=list)
    hooks: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, content: str) -> AppSpec:
        """Read JSON or YAML.

        Raises
        ------
        CodeDeployError
            InvalidRevisionException, saying what is missing.
        """
        try:
            document = yaml.safe_load(content)  # JSON is YAML
            resource = next(iter(document["Resources"][0].values()))
            properties = resource["Properties"]
            load_balancer = properties["LoadBalancerInfo"]
            spec = cls(
                task_definition=properties["TaskDefinition"],
                container_name=load_balancer["ContainerName"],
                container_port=int(load_balancer["ContainerPort"]),
                platform_version=properties.get("PlatformVersion") or "",
                network_configuration=_camel(properties.get("NetworkConfiguration") or {}),
                capacity_provider_strategy=_camel(properties.get("CapacityProviderStrategy") or []),
                hooks={
                    event: function
                    for item in document.get("Hooks") or []
                    for event, function in item.items()
                },
            )
        except (yaml.YAMLError, KeyError, IndexError, TypeError, ValueError, AttributeError) as bad:
            raise _invalid(f"The AppSpec file can't be read: {bad!r}") from bad
        if resource.get("Type") != "AWS::ECS::Service":
            raise _invalid("The Type of the AppSpec's resource must be AWS::ECS::Service")
        unknown = sorted(set(spec.hooks) - set(HOOKS))
        if unknown:
            raise _invalid(f"The AppSpec file has hooks that ECS does not know: {unknown}")
        return spec


def content_of(revision: dict[str, Any]) -> str:
    """Return the AppSpec that a RevisionLocation carries, after checking its sha256.

    Raises
    ------
    CodeDeployError
        There is no content, it doesn't match its digest, or it lies where this machine can't look.
    """
    kind = revision.get("revisionType")
    member = {"AppSpecContent": "appSpecContent", "String": "string"}.get(str(kind))
    if member is None:
        raise _invalid(f"This machine takes AppSpecContent and String revisions, not {kind}")
    location = revision.get(member) or {}
    content = str(location.get("content") or "")
    if not content:
        raise _invalid("The revision has no content")
    if location.get("sha256") not in (None, digest_of(content)):
        raise _invalid("The sha256 of the revision does not match its content")
    return content


def digest_of(content: str) -> str:
    """Return the sha256 that names a revision."""
    return hashlib.sha256(content.encode()).hexdigest()


def _invalid(message: str) -> CodeDeployError:
    return CodeDeployError("InvalidRevisionException", message)


def _camel(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: _camel(item) for key, item in value.items()}
    return [_camel(item) for item in value] if isinstance(value, list) else value
