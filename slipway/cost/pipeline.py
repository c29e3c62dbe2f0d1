"""The pipeline: minutes of its actions, and of its builds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slipway.cost.counting import Count, Free, Item, Month, Unknown
from slipway.cost.model import Group, Span
from slipway.cost.resources import Resource

_GROUP = Group.PIPELINE
_COMPUTE = {
    "BUILD_GENERAL1_SMALL": "small",
    "BUILD_GENERAL1_MEDIUM": "medium",
    "BUILD_GENERAL1_LARGE": "large",
}


def pipeline(resource: Resource, month: Month) -> Iterator[Count]:
    """Price the minutes of a pipeline's actions; approvals by hand are free.

    See https://aws.amazon.com/codepipeline/pricing/
    """
    if resource.get("PipelineType", "V1") != "V2":
        yield Unknown("only pipelines of type V2 are priced")
        return
    actions = [
        each for each in _actions(resource) if each["ActionTypeId"]["Category"] != "Approval"
    ]
    building = [each for each in actions if _builds(each)]
    others = len(actions) - len(building)
    assumed = month.assumed
    minutes = assumed["build_minutes"] * len(building) + assumed["action_minutes"] * others
    yield Item(
        _GROUP,
        "minutes of actions",
        assumed["pipeline_runs"] * minutes,
        "codepipeline.minute",
        f"{assumed['pipeline_runs']} runs of {len(building)} builds of {assumed['build_minutes']} "
        f"minutes and {others} other actions of {assumed['action_minutes']}",
    )


def project(resource: Resource, month: Month) -> Iterator[Count]:
    """Price the builds of a CodeBuild project."""
    environment = resource.get("Environment", {})
    size = _COMPUTE.get(environment.get("ComputeType", ""))
    if size is None or environment.get("Type") != "LINUX_CONTAINER":
        yield Unknown("only small, medium and large Linux builds on x86 are priced")
        return
    made = builds(resource, month)
    if not made.high:
        yield Free("no pipeline here starts it")
        return
    minutes = month.assumed["build_minutes"]
    yield Item(
        _GROUP,
        f"minutes of {size} builds",
        made * minutes,
        f"codebuild.{size}.minute",
        f"{month.assumed['pipeline_runs']} runs of the pipeline, {minutes} minutes for a build",
    )


def builds(resource: Resource, month: Month) -> Span:
    """Return how many builds of a project the pipelines start in a month."""
    started = sum(
        resource in month.inventory.named(pipeline.stack, action.get("Configuration"))
        for pipeline in month.inventory.of_type("AWS::CodePipeline::Pipeline")
        for action in _actions(pipeline)
        if _builds(action)
    )
    return month.assumed["pipeline_runs"] * started


def _actions(pipeline: Resource) -> Iterator[dict[str, Any]]:
    for stage in pipeline["Stages"]:
        yield from stage["Actions"]


def _builds(action: dict[str, Any]) -> bool:
    return bool(action["ActionTypeId"]["Provider"] == "CodeBuild")


def _category(action: dict[str, Any]) -> str:
    return str(action["ActionTypeId"]["Category"])
