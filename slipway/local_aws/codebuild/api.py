"""StartBuild, RetryBuild and StopBuild; what only reads stays MiniStack's."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ministack import app
from ministack.core.iam_evaluator import resolve_caller_identity
from ministack.core.responses import get_account_id, get_region
from ministack.core.router import extract_access_key_id

from slipway.local_aws.codebuild.build import Build
from slipway.local_aws.codebuild.errors import CodeBuildError
from slipway.local_aws.codebuild.order import BuildArtifact, PipelineOrder
from slipway.local_aws.codebuild.project import Project, plain_variables
from slipway.local_aws.codebuild.service import CodeBuild
from slipway.local_aws.json_api import Request, Response, respond

Handler = Callable[..., Awaitable[Response]]

_NAME = "codebuild"
_MEMBERS = {
    "projectName",
    "sourceVersion",
    "environmentVariablesOverride",
    "buildspecOverride",
    "timeoutInMinutesOverride",
}


def install(service: CodeBuild) -> None:
    """Answer what starts and stops builds."""
    otherwise: Handler = app.SERVICE_HANDLERS[_NAME]
    operations: dict[str, Callable[[Request, str], Any]] = {
        "StartBuild": lambda request, caller: _start(service, request, caller),
        "RetryBuild": lambda request, caller: _retry(service, request, caller),
        "StopBuild": lambda request, _: _stop(service, request),
    }

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        operation = operations.get(headers.get("x-amz-target", "").rpartition(".")[2])
        if operation is None:
            return await otherwise(method, path, headers, body, query)
        caller = _caller(headers, query)

        def call(_: str, request: Request) -> dict[str, Any]:
            return {"build": operation(request, caller)}

        return await asyncio.to_thread(respond, headers, body, call)

    app.SERVICE_HANDLERS[_NAME] = handle


def _caller(headers: dict[str, str], query: dict[str, Any]) -> str:
    """Name who starts a build: a user's name, or a role's and its session's."""
    identity = resolve_caller_identity(extract_access_key_id(headers, query)) or {}
    resource = str(identity.get("userArn", "root")).rpartition(":")[2]
    return resource.partition("/")[2] or resource


def _start(service: CodeBuild, request: Request, caller: str) -> dict[str, Any]:
    unknown = sorted(request.keys() - _MEMBERS)
    if unknown:
        raise CodeBuildError("InvalidInputException", f"{unknown[0]} is not carried out here")
    account, region = get_account_id(), get_region()
    project = Project.find(account, region, request.get("projectName", ""))
    _require_no_pipeline(project)
    overridden = project.with_overrides(
        buildspec=request.get("buildspecOverride"),
        minutes=request.get("timeoutInMinutesOverride"),
    )
    order = PipelineOrder(
        project=project.name,
        initiator=caller,
        inputs=_sources(project),
        outputs=_outputs(project),
        variables=plain_variables(request.get("environmentVariablesOverride") or []),
        source_version=request.get("sourceVersion") or "",
    )
    return service.find(service.start(account, region, order, overridden)).record.content


def _retry(service: CodeBuild, request: Request, caller: str) -> dict[str, Any]:
    former = _find(service, request)
    if not former.ended.is_set():
        raise CodeBuildError("InvalidInputException", f"Build {request['id']} has not ended")
    _require_no_pipeline(former.project)
    identity = former.identity
    order = dataclasses.replace(former.order, initiator=caller)
    started = service.start(identity.account, identity.region, order, former.project)
    return service.find(started).record.content


def _stop(service: CodeBuild, request: Request) -> dict[str, Any]:
    build = _find(service, request)
    service.stop(build.identity.id)
    return build.record.content


def _require_no_pipeline(project: Project) -> None:
    if project.is_of_pipeline:
        raise CodeBuildError(
            "InvalidInputException",
            f"project {project.name}: only CodePipeline can start it, for its source is there",
        )


def _find(service: CodeBuild, request: Request) -> Build:
    """Return the build of a request, by its id or its ARN, in the caller's account and region."""
    build_id = str(request.get("id") or "").rpartition(":build/")[2]
    build = service.find(build_id)
    if (build.identity.account, build.identity.region) != (get_account_id(), get_region()):
        raise CodeBuildError("ResourceNotFoundException", f"Build cannot be found: {build_id}")
    return build


def _sources(project: Project) -> tuple[BuildArtifact, ...]:
    """Say where the sources of a project are that no pipeline has, the primary one first."""
    places = [("source", project.source)] if project.source["type"] != "NO_SOURCE" else []
    places += [(each["sourceIdentifier"], each) for each in project.secondary_sources]
    return tuple(
        BuildArtifact(name, *_location(project, place).partition("/")[::2])
        for name, place in places
    )


def _outputs(project: Project) -> tuple[BuildArtifact, ...]:
    """Say where the zip files of a project go that no pipeline has; the primary has no name.

    https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectArtifacts.html
    """
    places = [("", project.artifacts)] if project.artifacts["type"] != "NO_ARTIFACTS" else []
    places += [(each["artifactIdentifier"], each) for each in project.secondary_artifacts]
    return tuple(
        BuildArtifact(name, _location(project, place), _key(project, place))
        for name, place in places
    )


def _location(project: Project, place: Mapping[str, Any]) -> str:
    location = str(place.get("location") or "").removeprefix("arn:aws:s3:::")
    if place["type"] != "S3" or not location:
        raise _not_carried_out(project, f"{place['type']} at {location or 'no location'}")
    return location


def _key(project: Project, place: Mapping[str, Any]) -> str:
    if place.get("packaging") != "ZIP" or place.get("namespaceType", "NONE") != "NONE":
        raise _not_carried_out(project, "another output than packaging ZIP, namespaceType NONE")
    name = str(place.get("name") or project.name)
    return "/".join(filter(None, (str(place.get("path") or "").strip("/"), name)))


def _not_carried_out(project: Project, what: str) -> CodeBuildError:
    return CodeBuildError(
        "InvalidInputException", f"project {project.name}: {what} is not carried out here"
    )
