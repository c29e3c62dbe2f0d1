"""Executions that end early: because somebody stops them, or because the pipeline changes."""

import pytest

from slipway.local_aws.codepipeline.errors import CodePipelineError


def two_steps(declare, name):
    return declare.stage(name, declare.action(f"{name}-1"), declare.action(f"{name}-2", runOrder=2))


def code_of(call, *arguments, **said):
    with pytest.raises(CodePipelineError) as refusal:
        call(*arguments, **said)
    return refusal.value.code


def test_a_stop_waits_for_what_runs_and_begins_nothing_more(world, declare):
    world.hold = {"Build-1"}
    execution = world.create(declare.source(), two_steps(declare, "Build"))
    held = world.held("Build-1")
    world.stop(execution, reason="wrong branch")
    assert world.pipeline.executions[execution].status == "Stopping"
    assert world.status("Build") == "Stopping"
    assert code_of(world.stop, execution) == "DuplicatedStopRequestException"
    held.end()
    world.ended(execution, "Stopped")
    assert world.status("Build") == "Stopped"
    assert world.action("Build", "Build-1")["status"] == "Succeeded"
    assert world.action("Build", "Build-2") == {}
    assert code_of(world.stop, execution) == "PipelineExecutionNotStoppableException"
    [summary] = world.executions.list_pipeline_executions({"pipelineName": "shop"})[
        "pipelineExecutionSummaries"
    ]
    assert summary["stopTrigger"] == {"reason": "wrong branch"}


def test_a_stop_that_abandons_waits_for_nothing_and_can_be_retried(world, declare):
    world.hold = {"Build-1"}
    execution = world.create(declare.source(), two_steps(declare, "Build"))
    held = world.held("Build-1")
    world.stop(execution)
    world.stop(execution, abandon=True)
    world.ended(execution, "Stopped")
    assert held.run.abandoned.is_set()
    assert world.action("Build", "Build-1")["status"] == "Abandoned"
    world.hold = set()
    world.retry(execution, "Build")
    world.ended(execution)


def test_what_an_abandoned_action_still_does_is_ignored(world, declare):
    world.hold, world.variables = {"Build-1"}, {"Build-1": {"late": "yes"}}
    execution = world.create(declare.source(), two_steps(declare, "Build"))
    held = world.held("Build-1")
    held.told.set()
    world.stop(execution, abandon=True)
    world.until(lambda: not world.pipeline.executions[execution].is_running, "the end")
    assert world.action("Build", "Build-1")["status"] in ("Abandoned", "Succeeded")
    assert world.names(execution) == ["Commit", "Build-1"]


def test_who_waits_in_front_of_a_stage_stops_at_once(world, declare):
    world.hold = {"Build-work"}
    world.create(declare.source(), declare.stage("Build"))
    world.held("Build-work")
    second = world.start()
    world.until(lambda: world.stage("Build").get("inboundExecution"), "somebody who waits")
    world.stop(second)
    world.ended(second, "Stopped")
    assert "inboundExecution" not in world.stage("Build")


def test_an_update_cancels_what_runs_after_its_action_and_what_waits_at_once(world, declare):
    stages = declare.source(), two_steps(declare, "Build")
    world.hold = {"Build-1"}
    running = world.create(*stages)
    held = world.held("Build-1")
    waiting = world.start()
    world.until(lambda: world.stage("Build").get("inboundExecution"), "somebody who waits")
    world.update(*stages, declare.stage("Deploy"))
    world.ended(waiting, "Cancelled")
    assert world.pipeline.executions[running].is_running
    restarted = world.start()
    held.end()
    world.ended(running, "Cancelled")
    assert world.action("Build", "Build-2") == {}
    world.held("Build-1", 2).end()
    world.ended(restarted)
    assert "Build-2" not in world.names(running)
    assert world.names(restarted) == ["Commit", "Build-1", "Build-2", "Deploy-work"]
    answer = world.pipelines.get_pipeline({"name": "shop"})["pipeline"]
    assert answer["version"] == 2
    before = world.pipelines.get_pipeline({"name": "shop", "version": 1})["pipeline"]
    assert [each["name"] for each in before["stages"]] == ["Source", "Build"]
    assert ("execution", "CANCELED") in world.heard


def test_an_update_that_an_action_makes_itself_lets_it_end_then_cancels(world, declare):
    """The pipeline mutates itself: the build that updates it belongs to the execution."""
    stages = declare.source(), declare.stage("Update"), declare.stage("Deploy")
    world.hold = {"Update-work"}
    mutating = world.create(*stages)
    held = world.held("Update-work")
    world.update(*stages)
    new = world.start()
    world.until(lambda: world.stage("Update").get("inboundExecution"), "the new execution")
    held.end()
    world.ended(mutating, "Cancelled")
    world.held("Update-work", 2).end()
    world.ended(new)
    assert "Deploy-work" not in world.names(mutating)
    assert world.names(new)[-1] == "Deploy-work"


def test_an_update_does_not_wait_for_an_approval(world, declare):
    prod = declare.stage("Prod", declare.approval())
    execution = world.create(declare.source(), prod)
    token = world.token()
    world.update(declare.source(), prod)
    world.ended(execution, "Cancelled")
    assert world.action("Prod", "Approve")["status"] == "Abandoned"
    restarted = world.start()
    world.approve(world.token(before=token))
    world.ended(restarted)


def test_a_pipeline_that_is_deleted_is_gone_and_its_actions_are_abandoned(world, declare):
    world.hold = {"Build-work"}
    execution = world.create(declare.source(), declare.stage("Build"))
    held, pipeline = world.held("Build-work"), world.pipeline
    world.pipelines.delete_pipeline({"name": "shop"})
    assert held.run.abandoned.wait(20)
    assert code_of(world.start) == "PipelineNotFoundException"
    assert pipeline.executions[execution].ending == "Stopped"
    world.pipelines.delete_pipeline({"name": "shop"})
