"""Notification rules, made by templates."""

import json
import uuid

import pytest

from waiting import WAITER


def rule(workshop, parts, pipeline, topic, *events, detail="FULL"):
    cloudformation = workshop.client("cloudformation")
    name = f"rule-{uuid.uuid4().hex[:8]}"
    properties = {
        "Name": name,
        "DetailType": detail,
        "EventTypeIds": [f"codepipeline-pipeline-{event}" for event in events],
        "Resource": f"arn:aws:codepipeline:{parts.REGION}:{parts.ACCOUNT}:{pipeline}",
        "Targets": [{"TargetType": "SNS", "TargetAddress": topic}],
    }
    type_ = "AWS::CodeStarNotifications::NotificationRule"
    template = {"Resources": {"Rule": {"Type": type_, "Properties": properties}}}
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=WAITER)
    return name


def test_a_rule_tells_its_topic_what_is_to_be_approved_and_what_failed(workshop, parts):
    queue = parts.Queue(workshop)
    run = workshop.create(
        {
            "name": "Approve",
            "actionTypeId": parts.kind("Approval", "Manual"),
            "configuration": {"CustomData": "Commit #{Source.CommitId}"},
        }
    )
    token = run.token("Work", "Approve")
    codepipeline = workshop.client("codepipeline")
    rule(
        workshop,
        parts,
        run.name,
        queue.topic,
        "manual-approval-needed",
        "manual-approval-failed",
        "pipeline-execution-failed",
    )
    answer = {"status": "Rejected", "summary": "no"}
    where = {"pipelineName": run.name, "stageName": "Work", "actionName": "Approve"}
    codepipeline.put_approval_result(**where, token=token, result=answer)
    heard = [queue.next(), queue.next()]
    by_type = {message["detailType"]: message for message in heard}
    approval = by_type["CodePipeline Action Execution State Change"]
    assert approval["detail"]["state"] == "FAILED"
    assert approval["additionalAttributes"]["customData"].startswith("Commit ")
    failure = by_type["CodePipeline Pipeline Execution State Change"]
    assert failure["detail"]["pipeline"] == run.name
    assert failure["additionalAttributes"]["failedStage"] == "Work"
    assert "no" in json.dumps(failure["additionalAttributes"]["failedActions"])

    codepipeline.start_pipeline_execution(name=run.name)
    needed = queue.next()
    assert needed["detail"]["state"] in ("STARTED", "NEEDED")
    assert needed["detail"]["action"] == "Approve"


def test_an_event_that_no_pipeline_has_fails_the_stack(workshop, parts):
    with pytest.raises(Exception, match="StackCreateComplete"):
        rule(workshop, parts, "any", "arn:aws:sns:r:1:topic", "pipeline-execution-invented")
