"""A stage holds one execution at a time; the mode says what becomes of those in front of it."""

import pytest

from slipway.local_aws.codepipeline.errors import CodePipelineError


def inbound(world, stage):
    waiting = world.stage(stage).get("inboundExecutions", [])
    return [execution["pipelineExecutionId"] for execution in waiting]


def waits(world, stage, *executions):
    world.until(lambda: inbound(world, stage) == list(executions), f"{executions} before {stage}")


def test_queued_executions_go_one_after_the_other_in_order(world, declare):
    world.hold = {"Deploy-work"}
    first = world.create(declare.source(), declare.stage("Build"), declare.stage("Deploy"))
    held = world.held("Deploy-work")
    second = world.start()
    waits(world, "Deploy", second)
    third = world.start()
    waits(world, "Deploy", second, third)
    assert world.status("Build") == "Succeeded"
    held.end()
    assert world.held("Deploy-work", 2).run.execution_id == second
    world.held("Deploy-work", 2).end()
    assert world.held("Deploy-work", 3).run.execution_id == third
    world.held("Deploy-work", 3).end()
    for execution in (first, second, third):
        world.ended(execution)


def test_a_newer_execution_overtakes_those_that_wait_where_the_mode_is_superseded(world, declare):
    world.hold = {"Deploy-work"}
    stages = (declare.source(), declare.stage("Build"), declare.stage("Deploy"))
    first = world.create(*stages, executionMode="SUPERSEDED")
    held = world.held("Deploy-work")
    second = world.start()
    waits(world, "Deploy", second)
    third = world.start()
    waits(world, "Deploy", third)
    world.ended(second, "Superseded")
    held.end()
    assert world.held("Deploy-work", 2).run.execution_id == third
    world.held("Deploy-work", 2).end()
    world.ended(third)
    world.ended(first)
    assert ("execution", "SUPERSEDED") in world.heard


def test_a_failure_lets_the_next_one_in(world, declare):
    world.hold = {"Build-work"}
    first = world.create(declare.source(), declare.stage("Build"))
    held = world.held("Build-work")
    second = world.start()
    waits(world, "Build", second)
    held.end("broken")
    world.ended(first, "Failed")
    assert world.held("Build-work", 2).run.execution_id == second


def test_skipping_a_stage_lets_nobody_overtake(world, declare):
    world.variables = {"Commit": {"go": "no"}}
    world.hold = {"Deploy-work"}
    maybe = declare.stage("Maybe", beforeEntry=declare.entry())
    first = world.create(declare.source(), maybe, declare.stage("Deploy"))
    executions = [first, *(world.start() for _ in range(5))]
    for number, execution in enumerate(executions, 1):
        held = world.held("Deploy-work", number)
        assert held.run.execution_id == execution
        held.end()


def test_nobody_enters_while_a_transition_is_disabled(world, declare):
    transition = {"pipelineName": "shop", "stageName": "Deploy", "transitionType": "Inbound"}
    world.hold = {"Build-work"}
    first = world.create(declare.source(), declare.stage("Build"), declare.stage("Deploy"))
    held = world.held("Build-work")
    world.executions.disable_stage_transition({**transition, "reason": "Friday"})
    held.end()
    waits(world, "Deploy", first)
    state = world.stage("Deploy")["inboundTransitionState"]
    assert (state["enabled"], state["disabledReason"]) == (False, "Friday")
    assert world.status("Deploy") is None
    world.executions.enable_stage_transition(transition)
    world.ended(first)
    assert world.stage("Deploy")["inboundTransitionState"] == {"enabled": True}


def test_the_fifty_first_execution_is_refused(world, declare):
    world.hold = {"Commit"}
    world.create(declare.source(), declare.stage("Build"))
    for _ in range(49):
        world.start()
    with pytest.raises(CodePipelineError) as refusal:
        world.start()
    assert refusal.value.code == "ConcurrentPipelineExecutionsLimitExceededException"
