"""What MiniStack's projects lose of what they were made with, put back on create and update."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.services import codebuild

# Members of the API's Project structure that MiniStack doesn't keep.
# https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Project.html
_LOST = (
    "cache",
    "concurrentBuildLimit",
    "fileSystemLocations",
    "logsConfig",
    "queuedTimeoutInMinutes",
    "secondaryArtifacts",
    "secondarySources",
    "secondarySourceVersions",
    "vpcConfig",
)
_DEFAULTS = {"queuedTimeoutInMinutes": 480, "cache": {"type": "NO_CACHE"}}


def keep_all_properties() -> None:
    """Keep what CreateProject and UpdateProject are given, and what a template says."""
    codebuild._create_project = _keeping(codebuild._create_project, _DEFAULTS)
    codebuild._update_project = _keeping(codebuild._update_project, {})
    shape = codebuild._project_shape

    def whole_shape(project: dict[str, Any]) -> dict[str, Any]:
        kept = {name: project[name] for name in _LOST if name in project}
        return {**shape(project), **kept}

    codebuild._project_shape = whole_shape
    _keep_of_templates()


def _keeping(
    operation: Callable[[dict[str, Any]], Any], defaults: dict[str, Any]
) -> Callable[[dict[str, Any]], Any]:
    def kept(request: dict[str, Any]) -> Any:
        answer = operation(request)
        if answer[0] >= 300:
            return answer
        project = codebuild._projects[request["name"]]
        project.update({**defaults, **{name: request[name] for name in _LOST if name in request}})
        return codebuild.json_response({"project": codebuild._project_shape(project)})

    return kept


def _keep_of_templates() -> None:
    from ministack.services.cloudformation import provisioners

    handlers = provisioners._RESOURCE_HANDLERS["AWS::CodeBuild::Project"]
    create, update = handlers["create"], handlers["update"]
    spelt = provisioners._codebuild_cfn_to_api

    def keep(name: str, properties: dict[str, Any]) -> None:
        project = codebuild._projects[name]
        said = {member[:1].lower() + member[1:]: value for member, value in properties.items()}
        for member in _LOST:
            project.pop(member, None)
        project.update(_DEFAULTS)
        project.update({member: spelt(said[member]) for member in _LOST if member in said})
        for member in ("queuedTimeoutInMinutes", "concurrentBuildLimit"):
            if member in project:
                project[member] = int(project[member])
        environment = project["environment"]
        if "privilegedMode" in environment:
            environment["privilegedMode"] = str(environment["privilegedMode"]).lower() == "true"

    def create_project(logical_id: str, properties: dict[str, Any], stack_name: str) -> Any:
        name, attributes = create(logical_id, properties, stack_name)
        keep(name, properties)
        return name, attributes

    def update_project(name: str, old: dict[str, Any], new: dict[str, Any], stack_name: str) -> Any:
        updated, attributes = update(name, old, new, stack_name)
        if "EncryptionKey" in new:
            codebuild._projects[updated]["encryptionKey"] = new["EncryptionKey"]
        keep(updated, new)
        return updated, attributes

    handlers.update(create=create_project, update=update_project)
