"""``AWS::CodePipeline::Pipeline``.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-codepipeline-pipeline.html
"""

from __future__ import annotations

from typing import Any

from slipway.local_aws.cloudformation.handlers import Created, Properties, changed, register
from slipway.local_aws.codepipeline import CodePipeline, service
from slipway.local_aws.machine import Machine

# Of the resource, and not of the pipeline's declaration.
_OWN = ("Tags", "RestartExecutionOnUpdate", "DisableInboundStageTransitions", "ArtifactStores")
_NUMBERS = ("runOrder", "timeoutInMinutes")
# Their keys are data, and their values are text.
_MAPS = ("configuration",)


def install(machine: Machine) -> None:
    """Register the type."""
    api = service(machine)
    register(
        "AWS::CodePipeline::Pipeline",
        create=lambda logical_id, new, stack: _create(api, logical_id, new, stack),
        update=lambda name, old, new, stack: _update(api, name, old, new, stack),
        delete=lambda name, _: _delete(api, name),
        tagged=True,
    )


def _create(api: CodePipeline, logical_id: str, new: Properties, stack: str) -> Created:
    name = new.get("Name") or f"{stack}-{logical_id}"
    request = {"pipeline": declaration(name, new), "tags": _tags(new)}
    answer = api.call("CreatePipeline", request)
    _set_transitions(api, name, {}, new)
    return name, {"Version": str(answer["pipeline"]["version"])}


def _update(api: CodePipeline, name: str, old: Properties, new: Properties, stack: str) -> Created:
    """Update in place; only another name replaces.

    Undocumented: our reading is that tags and transitions alone make no new version.
    """
    if changed(old, new, "Name"):
        return _create(api, name, new, stack)
    wanted = declaration(name, new)
    if declaration(name, old) != wanted:
        api.call("UpdatePipeline", {"pipeline": wanted})
        if as_boolean(new.get("RestartExecutionOnUpdate")):
            api.call("StartPipelineExecution", {"name": name})
    if changed(old, new, "Tags"):
        _retag(api, name, new)
    _set_transitions(api, name, old, new)
    current = api.call("GetPipeline", {"name": name})
    return name, {"Version": str(current["pipeline"]["version"])}


def _delete(api: CodePipeline, name: str) -> None:
    api.call("DeletePipeline", {"name": name})


def _retag(api: CodePipeline, name: str, new: Properties) -> None:
    arn = api.call("GetPipeline", {"name": name})["metadata"]["pipelineArn"]
    before = api.call("ListTagsForResource", {"resourceArn": arn})["tags"]
    keys = [tag["key"] for tag in before]
    api.call("UntagResource", {"resourceArn": arn, "tagKeys": keys})
    api.call("TagResource", {"resourceArn": arn, "tags": _tags(new)})


def _set_transitions(api: CodePipeline, name: str, old: Properties, new: Properties) -> None:
    before = {it["StageName"] for it in old.get("DisableInboundStageTransitions") or []}
    wanted = {
        it["StageName"]: it["Reason"] for it in new.get("DisableInboundStageTransitions") or []
    }
    for stage in before - set(wanted):
        common = {"pipelineName": name, "stageName": stage, "transitionType": "Inbound"}
        api.call("EnableStageTransition", common)
    for stage, reason in wanted.items():
        common = {"pipelineName": name, "stageName": stage, "transitionType": "Inbound"}
        api.call("DisableStageTransition", {**common, "reason": reason})


def declaration(name: str, properties: Properties) -> dict[str, Any]:
    """Spell a template's properties as PipelineDeclaration does."""
    declared = {key: value for key, value in properties.items() if key not in _OWN}
    spelled: dict[str, Any] = _spelled({**declared, "Name": name})
    if stores := properties.get("ArtifactStores"):
        spelled["artifactStores"] = {
            store["Region"]: _spelled(store["ArtifactStore"]) for store in stores
        }
    return spelled


def as_boolean(value: Any) -> bool:
    """Read a boolean of a template, which may be a word."""
    return value in (True, "true")


def _spelled(value: Any) -> Any:
    if isinstance(value, list):
        return [_spelled(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    spelled: dict[str, Any] = {}
    for key, inner in value.items():
        name = key[:1].lower() + key[1:]
        if name in _MAPS:
            spelled[name] = {inner_key: _text(it) for inner_key, it in inner.items()}
        elif name in _NUMBERS:
            spelled[name] = int(inner)
        else:
            spelled[name] = _spelled(inner)
    return spelled


def _text(value: Any) -> str:
    """Write a configuration's value, which the API has as text only."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _tags(properties: Properties) -> list[dict[str, str]]:
    # CloudFormation's own, aws:cloudformation:…, are nothing that a request may hold.
    return [
        {"key": tag["Key"], "value": str(tag["Value"])}
        for tag in properties.get("Tags") or []
        if not tag["Key"].startswith("aws:")
    ]
