"""A stage that fails goes back to the last execution that succeeded in it, if there is one."""

import pytest

from slipway.local_aws.codepipeline.errors import CodePipelineError


@pytest.fixture
def stages(declare):
    release = declare.action(
        "Release",
        configuration={"say": "#{Git.tag}"},
        inputArtifacts=[{"name": "Source"}],
        outputArtifacts=[{"name": "Released"}],
    )
    prod = declare.stage("Prod", release, onFailure={"result": "ROLLBACK"})
    return declare.source(), prod, declare.stage("After")


def release(world, tag):
    """Run the pipeline once, to its end."""
    world.variables = {"Commit": {"tag": tag}}
    execution = world.start()
    world.until(lambda: not world.pipeline.executions[execution].is_running, "its end")
    return execution


def rollbacks(world):
    return [it for it in world.pipeline.executions.values() if it.type == "ROLLBACK"]


def roll_back(world, target, stage="Prod"):
    return world.executions.rollback_stage(
        {"pipelineName": "shop", "stageName": stage, "targetPipelineExecutionId": target}
    )["pipelineExecutionId"]


def test_a_failed_stage_runs_again_with_what_the_last_success_had(world, stages):
    world.variables = {"Commit": {"tag": "v1"}}
    world.ended(world.create(*stages))
    good = release(world, "v2")
    world.failures = {"Release": ["rejected"]}
    bad = release(world, "v3")
    world.ended(bad, "Failed")
    [undo] = rollbacks(world)
    world.ended(undo.id)
    assert world.said[-1] == {"say": "v2"}
    assert world.names(undo.id) == ["Release"]
    answer = world.executions.get_pipeline_execution(
        {"pipelineName": "shop", "pipelineExecutionId": undo.id}
    )["pipelineExecution"]
    assert answer["executionType"] == "ROLLBACK"
    assert answer["trigger"]["triggerType"] == "AutomatedRollback"
    assert answer["rollbackMetadata"] == {"rollbackTargetPipelineExecutionId": good}
    assert answer["artifactRevisions"] == [{"name": "Source", "revisionId": f"commit of {good}"}]
    assert world.stage("Prod")["latestExecution"] == {
        "pipelineExecutionId": undo.id,
        "status": "Succeeded",
        "type": "ROLLBACK",
    }
    assert world.action("After", "After-work")["status"] == "Succeeded"
    assert bad not in [world.stage("After")["latestExecution"]["pipelineExecutionId"]]


def test_a_rollback_reads_the_targets_artifacts_and_writes_beside_them(world, stages):
    world.variables = {"Commit": {"tag": "v1"}}
    good = world.create(*stages)
    world.ended(good)
    made = world.pipeline.executions[good].artifacts
    world.failures = {"Release": ["rejected"]}
    release(world, "v2")
    [undo] = rollbacks(world)
    world.ended(undo.id)
    assert undo.artifacts["Source"] == made["Source"]
    assert undo.artifacts["Released"] != made["Released"]


def test_without_a_success_before_nothing_is_rolled_back_and_that_is_said(world, stages):
    world.failures, world.variables = {"Release": ["rejected"]}, {"Commit": {"tag": "v1"}}
    execution = world.create(*stages)
    world.ended(execution, "Failed")
    assert rollbacks(world) == []
    assert world.pipeline.executions[execution].summary == (
        "The stage Prod is not rolled back: no execution has succeeded in it under version 1 of "
        "the pipeline."
    )


def test_successes_under_an_older_version_are_no_target(world, stages, declare):
    world.variables = {"Commit": {"tag": "v1"}}
    old = world.create(*stages)
    world.ended(old)
    world.update(*stages)
    world.failures = {"Release": ["rejected"]}
    bad = release(world, "v2")
    assert rollbacks(world) == []
    assert "version 2" in world.pipeline.executions[bad].summary
    with pytest.raises(CodePipelineError) as refusal:
        roll_back(world, old)
    assert refusal.value.code == "PipelineExecutionOutdatedException"


def test_a_rollback_that_fails_is_not_rolled_back(world, stages):
    world.variables = {"Commit": {"tag": "v1"}}
    world.ended(world.create(*stages))
    world.failures = {"Release": ["rejected", "rejected again"]}
    release(world, "v2")
    [undo] = rollbacks(world)
    world.ended(undo.id, "Failed")
    assert len(rollbacks(world)) == 1
    assert undo.summary == "The rollback of the stage Prod has failed."


def test_a_rollback_goes_before_those_that_wait(world, stages):
    world.variables = {"Commit": {"tag": "v1"}}
    world.ended(world.create(*stages))
    world.hold = {"Release"}
    world.start()
    held = world.held("Release")
    later = world.start()
    world.until(lambda: world.stage("Prod").get("inboundExecution"), "somebody who waits")
    held.end("rejected")
    undo = world.held("Release", 2)
    assert undo.run.execution_id == rollbacks(world)[0].id
    undo.end()
    assert world.held("Release", 3).run.execution_id == later


def test_a_stage_that_was_skipped_has_no_success_to_return_to(world, declare):
    prod = declare.stage("Prod", beforeEntry=declare.entry(), onFailure={"result": "ROLLBACK"})
    world.variables = {"Commit": {"go": "no"}}
    skipped = world.create(declare.source(), prod)
    world.ended(skipped)
    world.variables, world.failures = {"Commit": {"go": "yes"}}, {"Prod-work": ["broken"]}
    bad = world.start()
    world.ended(bad, "Failed")
    assert rollbacks(world) == []
    with pytest.raises(CodePipelineError) as refusal:
        roll_back(world, skipped)
    assert refusal.value.code == "UnableToRollbackStageException"


def test_a_stage_can_be_rolled_back_by_hand(world, stages):
    world.variables = {"Commit": {"tag": "v1"}}
    first = world.create(*stages)
    world.ended(first)
    release(world, "v2")
    succeeded = world.executions.list_pipeline_executions(
        {"pipelineName": "shop", "filter": {"succeededInStage": {"stageName": "Prod"}}}
    )["pipelineExecutionSummaries"]
    assert succeeded[-1]["pipelineExecutionId"] == first
    undo = roll_back(world, first)
    world.ended(undo)
    assert world.said[-1] == {"say": "v1"}
    assert world.pipeline.executions[undo].trigger.type == "ManualRollback"
    for target, stage, code in (
        (undo, "Prod", "UnableToRollbackStageException"),
        (first, "Source", "UnableToRollbackStageException"),
        (first, "Other", "StageNotFoundException"),
        ("other", "Prod", "PipelineExecutionNotFoundException"),
    ):
        with pytest.raises(CodePipelineError) as refusal:
            roll_back(world, target, stage)
        assert refusal.value.code == code


def test_a_running_stage_is_not_rolled_back_by_hand(world, stages):
    world.variables = {"Commit": {"tag": "v1"}}
    first = world.create(*stages)
    world.ended(first)
    world.hold = {"Release"}
    world.start()
    world.held("Release")
    with pytest.raises(CodePipelineError) as refusal:
        roll_back(world, first)
    assert refusal.value.code == "UnableToRollbackStageException"
