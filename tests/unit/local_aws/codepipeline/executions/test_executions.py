"""Executions go from stage to stage, in order, and hand on what they make."""

import pytest

from slipway.local_aws.codepipeline.errors import CodePipelineError


def test_an_execution_starts_with_the_pipeline_and_goes_through_all_stages(world, declare):
    execution = world.create(declare.source(), declare.stage("Build"), declare.stage("Deploy"))
    world.ended(execution)
    assert world.names(execution) == ["Commit", "Build-work", "Deploy-work"]
    summary = world.executions.list_pipeline_executions({"pipelineName": "shop"})
    [found] = summary["pipelineExecutionSummaries"]
    assert found["trigger"]["triggerType"] == "CreatePipeline"
    assert found["sourceRevisions"] == [
        {"actionName": "Commit", "revisionId": f"commit of {execution}"}
    ]
    assert [world.status(name) for name in ("Source", "Build", "Deploy")] == ["Succeeded"] * 3


def test_actions_of_a_run_order_run_together_and_the_next_one_waits_for_all(world, declare):
    world.hold = {"a", "b"}
    execution = world.create(
        declare.source(),
        declare.stage(
            "Build",
            declare.action("a"),
            declare.action("b"),
            declare.action("after", runOrder=2),
        ),
    )
    a, b = world.held("a"), world.held("b")
    a.end()
    world.until(lambda: world.action("Build", "a")["status"] == "Succeeded", "the end of a")
    assert world.action("Build", "after") == {}
    b.end()
    world.ended(execution)
    assert world.names(execution)[-1] == "after"


def test_variables_and_artifacts_go_from_action_to_action(world, declare):
    world.variables = {"Commit": {"CommitId": "1234abc"}}
    text = "#{Git.CommitId} of #{codepipeline.PipelineExecutionId} in #{variables.colour}"
    execution = world.create(
        declare.source(),
        declare.stage(
            "Build",
            declare.action("a", configuration={"say": text}, inputArtifacts=[{"name": "Source"}]),
        ),
        variables=[{"name": "colour", "defaultValue": "red"}],
    )
    world.ended(execution)
    assert world.said[-1] == {"say": f"1234abc of {execution} in red"}
    details = world.executions.list_action_executions({"pipelineName": "shop"})
    a, commit = details["actionExecutionDetails"]
    assert commit["output"]["outputVariables"] == {"CommitId": "1234abc"}
    assert a["input"]["resolvedConfiguration"] == world.said[-1]
    assert a["input"]["configuration"] == {"say": text}
    [location] = a["input"]["inputArtifacts"]
    assert location == commit["output"]["outputArtifacts"][0]
    bucket, key = location["s3location"]["bucket"], location["s3location"]["key"]
    pipeline, artifact, random = key.split("/")
    assert (bucket, pipeline, artifact, len(random)) == ("artifacts", "shop", "Source", 7)
    assert world.objects.content[bucket, key] == execution.encode()


def test_an_action_in_another_region_gets_its_inputs_there(world, declare):
    stores = {
        name: {"type": "S3", "location": bucket}
        for name, bucket in (("eu-west-1", "near"), ("eu-west-2", "far"))
    }
    action = declare.action("a", region="eu-west-2", inputArtifacts=[{"name": "Source"}])
    execution = world.create(
        declare.source(),
        declare.stage("Build", action),
        artifactStore=None,
        artifactStores=stores,
    )
    world.ended(execution)
    assert {bucket for bucket, _ in world.objects.content} == {"near", "far"}
    assert set(world.objects.content.values()) == {execution.encode()}


def test_a_variable_without_a_value_fails_the_action(world, declare):
    action = declare.action("a", configuration={"say": "#{Git.CommitId}"})
    execution = world.create(declare.source(), declare.stage("Build", action))
    world.ended(execution, "Failed")
    error = world.action("Build", "a")["errorDetails"]
    assert "Action name=a" in error["message"]
    assert "#{Git.CommitId}" in error["message"]
    assert world.names(execution) == ["Commit"]


def test_a_failure_ends_the_execution_and_frees_the_stage(world, declare):
    world.failures = {"Build-work": ["no disk"]}
    failed = world.create(declare.source(), declare.stage("Build"), declare.stage("Deploy"))
    world.ended(failed, "Failed")
    assert world.action("Build", "Build-work")["errorDetails"] == {
        "code": "JobFailed",
        "message": "no disk",
    }
    assert world.status("Build") == "Failed"
    assert world.status("Deploy") is None
    world.ended(world.start())
    assert world.status("Build") == "Succeeded"


def test_the_others_of_a_run_order_end_before_a_failure_ends_the_stage(world, declare):
    world.hold, world.failures = {"slow"}, {"bad": ["broken"]}
    execution = world.create(
        declare.source(),
        declare.stage(
            "Build",
            declare.action("bad"),
            declare.action("slow"),
            declare.action("after", runOrder=2),
        ),
    )
    slow = world.held("slow")
    world.until(lambda: world.action("Build", "bad").get("status") == "Failed", "a failure")
    assert world.status("Build") == "InProgress"
    slow.end()
    world.ended(execution, "Failed")
    assert world.action("Build", "slow")["status"] == "Succeeded"
    assert "after" not in world.names(execution)


def test_a_stage_whose_condition_fails_is_skipped_and_its_actions_did_not_run(world, declare):
    world.variables = {"Commit": {"go": "no"}}
    execution = world.create(
        declare.source(),
        declare.stage("Maybe", beforeEntry=declare.entry()),
        declare.stage("Deploy"),
    )
    world.ended(execution)
    assert world.status("Maybe") == "Skipped"
    assert world.action("Maybe", "Maybe-work") == {}
    assert world.names(execution) == ["Commit", "Deploy-work"]
    condition = world.stage("Maybe")["beforeEntryConditionState"]
    assert condition["latestExecution"]["status"] == "Failed"
    [rule] = world.executions.list_rule_executions({"pipelineName": "shop"})["ruleExecutionDetails"]
    assert (rule["ruleName"], rule["status"]) == ("Wanted", "Failed")
    assert rule["input"]["resolvedConfiguration"]["Variable"] == "no"


@pytest.mark.parametrize(
    ("variables", "result", "status"),
    [
        ({"go": "yes"}, "SKIP", "Succeeded"),
        ({"go": "no"}, "FAIL", "Failed"),
        ({}, "SKIP", "Failed"),
    ],
)
def test_a_condition_lets_in_or_fails_and_never_skips_by_mistake(
    world, declare, variables, result, status
):
    world.variables = {"Commit": variables}
    maybe = declare.stage("Maybe", beforeEntry=declare.entry(result=result))
    execution = world.create(declare.source(), maybe)
    world.ended(execution, status)
    assert world.status("Maybe") == status


def test_a_start_may_say_variables_and_the_commit(world, declare):
    action = declare.action("a", configuration={"say": "#{variables.colour}"})
    first = world.create(
        declare.source(),
        declare.stage("Build", action),
        variables=[{"name": "colour", "defaultValue": "red"}],
    )
    world.ended(first)
    execution = world.start(
        variables=[{"name": "colour", "value": "blue"}],
        sourceRevisions=[
            {"actionName": "Commit", "revisionType": "COMMIT_ID", "revisionValue": "abc"}
        ],
    )
    world.ended(execution)
    assert world.said[-1] == {"say": "blue"}
    answer = world.executions.get_pipeline_execution(
        {"pipelineName": "shop", "pipelineExecutionId": execution}
    )["pipelineExecution"]
    assert answer["variables"] == [{"name": "colour", "resolvedValue": "blue"}]
    assert answer["artifactRevisions"] == [{"name": "Source", "revisionId": "abc"}]


@pytest.mark.parametrize(
    "said",
    [
        {"variables": [{"name": "size", "value": "big"}]},
        {
            "sourceRevisions": [
                {"actionName": "Other", "revisionType": "COMMIT_ID", "revisionValue": "abc"}
            ]
        },
        {
            "sourceRevisions": [
                {"actionName": "Commit", "revisionType": "S3_OBJECT_KEY", "revisionValue": "abc"}
            ]
        },
        {},
    ],
)
def test_a_start_that_can_not_be_carried_out_is_refused(world, declare, said):
    """The pipeline has a variable without a default, so that nothing is no answer either."""
    declared = declare.pipeline(
        declare.source(), declare.stage("Build"), variables=[{"name": "colour"}]
    )
    world.pipelines.create_pipeline({"pipeline": declared})
    assert not world.pipeline.executions
    with pytest.raises(CodePipelineError) as refusal:
        world.start(**said)
    assert refusal.value.code == "ValidationException"


def test_a_start_that_is_sent_twice_starts_once(world, declare):
    world.create(declare.source(), declare.stage("Build"))
    assert world.start(clientRequestToken="one") == world.start(clientRequestToken="one")
    assert len(world.pipeline.executions) == 2


def test_an_error_of_the_action_itself_fails_it_and_says_so(world, declare):
    world.variables = {"Build-work": [1]}
    execution = world.create(declare.source(), declare.stage("Build"))
    world.ended(execution, "Failed")
    assert "error of this machine" in world.action("Build", "Build-work")["errorDetails"]["message"]


def test_everybody_hears_of_every_change_in_its_order(world, declare):
    world.ended(world.create(declare.source(), declare.stage("Build")))
    world.until(lambda: world.heard[-1] == ("execution", "SUCCEEDED"), "the last word")
    assert world.heard == [
        ("execution", "STARTED"),
        ("Source", "STARTED"),
        ("Commit", "STARTED"),
        ("Commit", "SUCCEEDED"),
        ("Source", "SUCCEEDED"),
        ("Build", "STARTED"),
        ("Build-work", "STARTED"),
        ("Build-work", "SUCCEEDED"),
        ("Build", "SUCCEEDED"),
        ("execution", "SUCCEEDED"),
    ]
