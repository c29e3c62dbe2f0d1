"""CodePipeline's API, as boto3 speaks it: answers and refusals are those of its service model."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from slipway.local_aws.service_model import service_model
from waiting import PATIENCE_SECONDS


def approval(parts, name="Approve", **members):
    return {"name": name, "actionTypeId": parts.kind("Approval", "Manual"), **members}


@pytest.fixture
def codepipeline(workshop):
    return workshop.client("codepipeline")


@pytest.fixture
def ask(workshop):
    """Ask without boto3's parser, which drops what it doesn't know; return the answer checked."""
    model: ServiceModel = service_model("codepipeline")

    def asked(operation, **request):
        headers = {
            "X-Amz-Target": f"CodePipeline_20150709.{operation}",
            "Content-Type": "application/x-amz-json-1.1",
        }
        body = json.dumps(request).encode()
        request = urllib.request.Request(workshop.aws.endpoint, body, headers)
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as response:
            answer = json.load(response)
        shape = model.operation_model(operation).output_shape
        if shape is not None:
            report = ParamValidator().validate(answer, shape).generate_report()
            assert report == "", operation
        return answer

    return asked


def code_of(call, **request):
    with pytest.raises(ClientError) as refused:
        call(**request)
    return refused.value.response["Error"]["Code"]


def test_every_operation_answers_as_the_service_model_says(workshop, parts, ask):
    rule = {
        "name": "Named",
        "ruleTypeId": {
            "category": "Rule",
            "owner": "AWS",
            "provider": "VariableCheck",
            "version": "1",
        },
        "configuration": {"Variable": "#{Source.BranchName}", "Operator": "EQ", "Value": "main"},
    }
    declared = workshop.declare(approval(parts))
    declared["stages"][1]["beforeEntry"] = {"conditions": [{"result": "SKIP", "rules": [rule]}]}
    name = declared["name"]
    tags = [{"key": "owner", "value": "platform"}]
    assert ask("CreatePipeline", pipeline=declared, tags=tags)["pipeline"]["version"] == 1
    run = workshop.run(name)
    token = run.token("Work", "Approve")
    second = ask("StartPipelineExecution", name=name)["pipelineExecutionId"]
    parts.eventually(
        lambda: "inboundExecution" in ask("GetPipelineState", name=name)["stageStates"][1],
        "an execution in front of the approval",
    )
    named = {"pipelineName": name}
    stage = {**named, "stageName": "Work"}
    ask("DisableStageTransition", **stage, transitionType="Inbound", reason="Friday")
    assert not ask("GetPipelineState", name=name)["stageStates"][1]["inboundTransitionState"][
        "enabled"
    ]
    ask("StopPipelineExecution", **named, pipelineExecutionId=second, reason="not this one")
    ask("EnableStageTransition", **stage, transitionType="Inbound")
    result = {"status": "Rejected", "summary": "not yet"}
    ask("PutApprovalResult", **stage, actionName="Approve", token=token, result=result)
    assert run.ended(2) == "Stopped"
    [stopped, first] = ask("ListPipelineExecutions", **named)["pipelineExecutionSummaries"]
    assert stopped["stopTrigger"]["reason"] == "not this one"
    execution = {"pipelineExecutionId": first["pipelineExecutionId"]}
    ask("RetryStageExecution", **stage, **execution, retryMode="FAILED_ACTIONS")
    again = parts.eventually(
        lambda: (run.token("Work", "Approve") != token) and run.token("Work", "Approve"),
        "another token",
    )
    result = {"status": "Approved", "summary": "now"}
    ask("PutApprovalResult", **stage, actionName="Approve", token=again, result=result)
    parts.eventually(lambda: run.executions()[0]["status"] == "Succeeded", "success")
    found = ask("GetPipelineExecution", **named, **execution)["pipelineExecution"]
    assert found["artifactRevisions"][0]["name"] == "Files"
    state = ask("GetPipelineState", name=name)["stageStates"][1]
    assert state["retryStageMetadata"]["manualStageRetryAttempt"] == 1
    succeeded = {"succeededInStage": {"stageName": "Work"}}
    assert ask("ListPipelineExecutions", **named, filter=succeeded)["pipelineExecutionSummaries"]
    undone = ask("RollbackStage", **stage, targetPipelineExecutionId=first["pipelineExecutionId"])
    assert (
        ask("GetPipelineExecution", **named, **undone)["pipelineExecution"]["executionType"]
        == "ROLLBACK"
    )
    actions = ask("ListActionExecutions", **named, filter=execution)["actionExecutionDetails"]
    assert [it["actionName"] for it in actions] == ["Approve", "Approve", "Commit"]
    assert len(ask("ListRuleExecutions", **named, filter=execution)["ruleExecutionDetails"]) == 1
    page = ask("ListActionExecutions", **named, maxResults=1)
    assert (
        len(
            ask("ListActionExecutions", **named, nextToken=page["nextToken"])[
                "actionExecutionDetails"
            ]
        )
        > 2
    )
    assert name in [it["name"] for it in ask("ListPipelines")["pipelines"]]
    assert ask("UpdatePipeline", pipeline=declared)["pipeline"]["version"] == 2
    answer = ask("GetPipeline", name=name)
    arn = answer["metadata"]["pipelineArn"]
    ask("TagResource", resourceArn=arn, tags=[{"key": "team", "value": "shop"}])
    ask("UntagResource", resourceArn=arn, tagKeys=["owner"])
    assert ask("ListTagsForResource", resourceArn=arn)["tags"] == [{"key": "team", "value": "shop"}]
    ask("DeletePipeline", name=name)
    assert name not in [it["name"] for it in ask("ListPipelines")["pipelines"]]


REFUSALS = [
    ("get_pipeline", {"name": "nobody"}, "PipelineNotFoundException"),
    ("get_pipeline_state", {"name": "nobody"}, "PipelineNotFoundException"),
    ("start_pipeline_execution", {"name": "nobody"}, "PipelineNotFoundException"),
    ("list_tags_for_resource", {"resourceArn": "nobody"}, "InvalidArnException"),
    (
        "list_tags_for_resource",
        {"resourceArn": "arn:aws:codepipeline:us-east-1:000000000000:nobody"},
        "ResourceNotFoundException",
    ),
    ("list_pipelines", {"nextToken": "any"}, "InvalidNextTokenException"),
    ("list_action_types", {}, "UnknownOperationException"),
]


@pytest.mark.parametrize(("operation", "request_", "code"), REFUSALS)
def test_refusals_are_those_of_the_service_model(codepipeline, operation, request_, code):
    assert code_of(getattr(codepipeline, operation), **request_) == code


def test_requests_are_held_against_the_service_model(workshop, ask):
    for request in ({"name": "any", "colour": "blue"}, {"name": 1}, {}):
        with pytest.raises(urllib.error.HTTPError) as refused:
            ask("GetPipeline", **request)
        assert json.load(refused.value)["__type"] == "ValidationException"


def test_a_name_is_given_once_in_an_account_and_region(workshop, parts, codepipeline):
    declared = workshop.declare(approval(parts))
    codepipeline.create_pipeline(pipeline=declared)
    refusal = code_of(codepipeline.create_pipeline, pipeline=declared)
    assert refusal == "PipelineNameInUseException"
    elsewhere = workshop.client("codepipeline", parts.ELSEWHERE)
    assert code_of(elsewhere.get_pipeline, name=declared["name"]) == "PipelineNotFoundException"
    codepipeline.delete_pipeline(name=declared["name"])


def test_a_role_that_does_not_exist_or_does_not_trust_codepipeline_is_refused(
    workshop, parts, codepipeline
):
    missing = f"arn:aws:iam::{parts.ACCOUNT}:role/missing"
    closed = workshop.make_role(parts.trust(Service="codebuild.amazonaws.com"))
    for role in (missing, closed):
        declared = {**workshop.declare(approval(parts)), "roleArn": role}
        with pytest.raises(ClientError) as refused:
            codepipeline.create_pipeline(pipeline=declared)
        error = refused.value.response["Error"]
        assert error["Code"] == "InvalidStructureException"
        assert f"not authorized to perform AssumeRole on role {role}" in error["Message"]
        assert declared["name"] not in [
            it["name"] for it in codepipeline.list_pipelines()["pipelines"]
        ]
