"""Change sets, in the account of the action's role."""

import json
import uuid

import pytest

CAPABILITIES = "CAPABILITY_NAMED_IAM,CAPABILITY_AUTO_EXPAND"


def template(**queues):
    """Write a template of queues; each value is their visibility timeout."""
    resources = {
        name: {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": seconds}}
        for name, seconds in queues.items()
    }
    return json.dumps({"Resources": resources})


BROKEN = json.dumps(
    {
        "Resources": {
            "Fine": {"Type": "AWS::SQS::Queue", "Properties": {}},
            "Broken": {
                "Type": "AWS::CodeConnections::Connection",
                "DependsOn": "Fine",
                "Properties": {"ConnectionName": "x", "HostArn": "arn"},
            },
        }
    }
)


class Stacks:
    """Pipelines that deploy a stack into another account."""

    def __init__(self, workshop, parts):
        self.workshop, self.parts = workshop, parts
        self.name = f"stack-{uuid.uuid4().hex[:8]}"
        self.deployer = workshop.make_role(parts.trust(AWS=workshop.role), parts.ELSEWHERE)
        self.service_role = workshop.make_role(
            parts.trust(Service="cloudformation.amazonaws.com"), parts.ELSEWHERE
        )

    @property
    def cloudformation(self):
        return self.workshop.client("cloudformation", self.parts.ELSEWHERE)

    def action(self, name, order, inputs=(), **configuration):
        return {
            "name": name,
            "actionTypeId": self.parts.kind("Deploy", "CloudFormation"),
            "roleArn": configuration.pop("role", self.deployer),
            "runOrder": order,
            "inputArtifacts": [{"name": it} for it in inputs],
            "configuration": {
                "StackName": self.name,
                "ChangeSetName": "PipelineChange",
                **configuration,
            },
        }

    def actions(self, **configuration):
        prepare = {
            "ActionMode": "CHANGE_SET_REPLACE",
            "Capabilities": CAPABILITIES,
            "RoleArn": self.service_role,
            "TemplatePath": f"Files::stacks/{self.name}.json",
            **configuration,
        }
        return (
            self.action("Prepare", 1, ["Files"], **prepare),
            self.action("Deploy", 2, ActionMode="CHANGE_SET_EXECUTE"),
        )

    def push(self, text):
        self.workshop.developer.push({f"stacks/{self.name}.json": text}, "A template")

    def deploy(self, text, *, store=None, **configuration):
        self.push(text)
        store = store or self.workshop.store
        return self.workshop.create(*self.actions(**configuration), store=store)

    def again(self, run):
        self.workshop.client("codepipeline").start_pipeline_execution(name=run.name)

    def status(self):
        return self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"]


@pytest.fixture
def stacks(workshop, parts):
    return Stacks(workshop, parts)


def test_a_stack_is_made_and_changed_in_the_account_of_the_action_s_role(stacks):
    run = stacks.deploy(template(One=30))
    assert run.ended() == "Succeeded"
    assert stacks.status() == "CREATE_COMPLETE"
    stacks.push(template(One=60, Two=30))
    stacks.again(run)
    assert run.ended(2) == "Succeeded"
    assert stacks.status() == "UPDATE_COMPLETE"
    resources = stacks.cloudformation.describe_stack_resources(StackName=stacks.name)
    assert len(resources["StackResources"]) == 2


def test_a_change_set_without_changes_is_no_failure(stacks):
    run = stacks.deploy(template(One=30))
    assert run.ended() == "Succeeded"
    stacks.again(run)
    assert run.ended(2) == "Succeeded"
    summaries = {it: run.action(it)["output"]["executionResult"] for it in ("Prepare", "Deploy")}
    assert "no changes" in summaries["Prepare"]["externalExecutionSummary"]
    assert "no changes" in summaries["Deploy"]["externalExecutionSummary"]
    assert stacks.status() == "CREATE_COMPLETE"


def test_a_template_larger_than_a_request_is_deployed(stacks):
    large = {**json.loads(template(One=30)), "Description": "x" * 100}
    large["Metadata"] = {"Filling": ["y" * 100] * 600}
    text = json.dumps(large)
    assert len(text) > 51_200
    assert stacks.deploy(text).ended() == "Succeeded"


def test_a_stack_that_fails_says_which_resource_and_why_and_has_to_be_deleted(stacks):
    run = stacks.deploy(BROKEN)
    message = run.error("Deploy")
    assert message.startswith(f"The stack {stacks.name} is ROLLBACK_COMPLETE: Broken (")
    assert "HostArn is not carried out" in message
    stacks.again(run)
    assert run.ended(2) == "Failed"
    refusal = run.action("Prepare")["output"]["executionResult"]["errorDetails"]["message"]
    assert "is in ROLLBACK_COMPLETE state and can not be updated" in refusal


def test_an_update_that_fails_says_what_failed_first(stacks):
    run = stacks.deploy(template(Fine=30))
    assert run.ended() == "Succeeded"
    stacks.push(BROKEN)
    stacks.again(run)
    assert run.ended(2) == "Failed"
    message = run.action("Deploy")["output"]["executionResult"]["errorDetails"]["message"]
    assert "is UPDATE_ROLLBACK_COMPLETE: Broken (" in message


def test_a_role_that_does_not_trust_the_pipeline_fails_the_action(stacks, workshop, parts):
    other = workshop.make_role(
        parts.trust(AWS="arn:aws:iam::000000000000:role/other"), parts.ELSEWHERE
    )
    message = stacks.deploy(template(One=30), role=other).error("Prepare")
    assert "its trust policy does not admit this caller" in message


def test_artifacts_that_the_other_account_may_not_read_fail_the_action(stacks, workshop, parts):
    store = workshop.make_store(parts.ACCOUNT)
    message = stacks.deploy(template(One=30), store=store).error("Prepare")
    assert message.startswith(f"The role {stacks.deployer} can't read the artifact Files: ")


def test_a_template_that_is_not_in_the_artifact_fails_the_action(stacks):
    message = stacks.deploy(template(One=30), TemplatePath="Files::missing.json").error("Prepare")
    assert message == "The artifact Files has no file missing.json"


def test_a_role_that_is_not_there_fails_the_action(stacks, parts):
    missing = f"arn:aws:iam::{parts.ELSEWHERE}:role/missing"
    assert "there is no such role" in stacks.deploy(template(One=30), role=missing).error("Prepare")


def test_cloudformation_s_role_has_to_trust_cloudformation(stacks):
    message = stacks.deploy(template(One=30), RoleArn=stacks.deployer).error("Prepare")
    assert "does not let cloudformation.amazonaws.com assume it" in message


def test_a_mode_that_is_not_carried_out_is_refused_when_the_pipeline_is_made(stacks):
    with pytest.raises(Exception, match="CREATE_UPDATE is not carried out"):
        stacks.deploy(template(One=30), ActionMode="CREATE_UPDATE")
