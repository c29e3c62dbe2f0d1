"""``AWS::CodePipeline::Pipeline``: made, changed and removed by CloudFormation."""

from __future__ import annotations

import json
import uuid

import pytest
from botocore.exceptions import WaiterError

from waiting import WAITER


def spelled(value):
    """Spell a declaration as templates do."""
    if isinstance(value, list):
        return [spelled(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    return {
        key[:1].upper() + key[1:]: inner if key == "configuration" else spelled(inner)
        for key, inner in value.items()
    }


class PipelineStack:
    """A stack of one pipeline."""

    def __init__(self, workshop, *actions, **properties):
        self._client = workshop.client("cloudformation")
        self.name = f"stack-{uuid.uuid4().hex[:8]}"
        self.pipeline = f"pipeline-{uuid.uuid4().hex[:8]}"
        self._workshop = workshop
        self._change("create", actions, properties)

    def update(self, *actions, **properties):
        self._change("update", actions, properties)

    def delete(self):
        self._client.delete_stack(StackName=self.name)
        self._wait("stack_delete_complete")

    def outputs(self):
        [stack] = self._client.describe_stacks(StackName=self.name)["Stacks"]
        return {it["OutputKey"]: it["OutputValue"] for it in stack["Outputs"]}

    def _change(self, verb, actions, properties):
        declared = self._workshop.declare(*actions)
        # In a template a boolean is one.
        declared["stages"][0]["actions"][0]["configuration"]["DetectChanges"] = False
        store = spelled(declared.pop("artifactStore"))
        said = {
            **spelled(declared),
            "Name": self.pipeline,
            "ArtifactStores": [{"Region": "us-east-1", "ArtifactStore": store}],
            "RestartExecutionOnUpdate": True,
            "Tags": [{"Key": "owner", "Value": "platform"}],
            **properties,
        }
        template = {
            "Resources": {"It": {"Type": "AWS::CodePipeline::Pipeline", "Properties": said}},
            "Outputs": {
                "Name": {"Value": {"Ref": "It"}},
                "Version": {"Value": {"Fn::GetAtt": ["It", "Version"]}},
            },
        }
        change = getattr(self._client, f"{verb}_stack")
        change(StackName=self.name, TemplateBody=json.dumps(template))
        self._wait(f"stack_{verb}_complete")

    def _wait(self, waiter):
        self._client.get_waiter(waiter).wait(StackName=self.name, WaiterConfig=WAITER)


def approval(parts, name="Approve"):
    return {"name": name, "actionTypeId": parts.kind("Approval", "Manual"), "runOrder": 1}


def test_a_stack_makes_a_pipeline_that_starts_and_restarts_when_it_changes(workshop, parts):
    stack = PipelineStack(workshop, approval(parts))
    run = workshop.run(stack.pipeline)
    assert stack.outputs() == {"Name": stack.pipeline, "Version": "1"}
    run.token("Work", "Approve")
    assert run.executions()[0]["trigger"]["triggerType"] == "CreatePipeline"
    stack.update(approval(parts, "Confirm"))
    assert stack.outputs()["Version"] == "2"
    run.token("Work", "Confirm")
    assert [it["status"] for it in run.executions()] == ["Cancelled", "InProgress"]
    codepipeline = workshop.client("codepipeline")
    stack.update(approval(parts, "Confirm"), Tags=[{"Key": "owner", "Value": "shop"}])
    assert stack.outputs()["Version"] == "2"
    assert len(run.executions()) == 2
    arn = codepipeline.get_pipeline(name=stack.pipeline)["metadata"]["pipelineArn"]
    tags = codepipeline.list_tags_for_resource(resourceArn=arn)["tags"]
    assert {"key": "owner", "value": "shop"} in tags
    stack.delete()
    with pytest.raises(codepipeline.exceptions.PipelineNotFoundException):
        codepipeline.get_pipeline(name=stack.pipeline)


def test_without_a_restart_an_update_only_cancels(workshop, parts):
    stack = PipelineStack(workshop, approval(parts))
    run = workshop.run(stack.pipeline)
    run.token("Work", "Approve")
    stack.update(approval(parts, "Confirm"), RestartExecutionOnUpdate=False)
    assert [it["status"] for it in run.executions()] == ["Cancelled"]
    stack.delete()


def test_transitions_are_disabled_by_the_template(workshop, parts):
    disabled = [{"StageName": "Work", "Reason": "Friday"}]
    stack = PipelineStack(workshop, approval(parts), DisableInboundStageTransitions=disabled)
    run = workshop.run(stack.pipeline)
    codepipeline = workshop.client("codepipeline")

    def work():
        return codepipeline.get_pipeline_state(name=stack.pipeline)["stageStates"][1]

    parts.eventually(lambda: "inboundExecution" in work(), "an execution before the stage")
    assert work()["inboundTransitionState"]["disabledReason"] == "Friday"
    stack.update(approval(parts))
    assert work()["inboundTransitionState"]["enabled"]
    run.token("Work", "Approve")
    assert stack.outputs()["Version"] == "1"
    stack.delete()


def test_what_is_not_carried_out_fails_the_stack_and_leaves_nothing(workshop, parts):
    pipelines = workshop.client("codepipeline").list_pipelines()["pipelines"]
    unknown = {"name": "Tests", "actionTypeId": parts.kind("Test", "DeviceFarm")}
    stacks = workshop.client("cloudformation").describe_stacks()["Stacks"]
    with pytest.raises(WaiterError):
        PipelineStack(workshop, unknown)
    failed = [
        it
        for it in workshop.client("cloudformation").describe_stacks()["Stacks"]
        if it["StackId"] not in {known["StackId"] for known in stacks}
    ]
    events = workshop.client("cloudformation").describe_stack_events(
        StackName=failed[0]["StackId"]
    )["StackEvents"]
    reasons = " ".join(event.get("ResourceStatusReason", "") for event in events)
    assert "DeviceFarm" in reasons
    assert workshop.client("codepipeline").list_pipelines()["pipelines"] == pipelines
