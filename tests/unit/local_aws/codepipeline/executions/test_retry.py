"""A stage that has failed can begin again, while nobody has been in it since."""

import pytest

from slipway.local_aws.codepipeline.errors import CodePipelineError


def build(declare, **said):
    return declare.stage(
        "Build",
        declare.action("first"),
        declare.action("good", runOrder=2),
        declare.action("bad", runOrder=2),
        declare.action("last", runOrder=3),
        **said,
    )


def code_of(call, *arguments):
    with pytest.raises(CodePipelineError) as refusal:
        call(*arguments)
    return refusal.value.code


@pytest.mark.parametrize(
    ("mode", "again"),
    [("FAILED_ACTIONS", ["bad", "last"]), ("ALL_ACTIONS", ["bad", "first", "good", "last"])],
)
def test_a_retry_runs_what_failed_or_everything_and_goes_on(world, declare, mode, again):
    world.failures = {"bad": ["broken"]}
    execution = world.create(declare.source(), build(declare), declare.stage("Deploy"))
    world.ended(execution, "Failed")
    before = len(world.begun)
    world.retry(execution, "Build", mode)
    world.ended(execution)
    begun = [name for _, name in world.begun[before:]]
    assert sorted(begun) == sorted([*again, "Deploy-work"])
    assert begun[-2:] == ["last", "Deploy-work"]
    metadata = world.stage("Build")["retryStageMetadata"]
    assert metadata == {"manualStageRetryAttempt": 1, "latestRetryTrigger": "ManualStageRetry"}
    assert ("execution", "RESUMED") in world.heard


def test_a_stage_may_retry_itself_once(world, declare):
    failure = {"result": "RETRY", "retryConfiguration": {"retryMode": "FAILED_ACTIONS"}}
    world.failures = {"bad": ["broken"]}
    execution = world.create(declare.source(), build(declare, onFailure=failure))
    world.ended(execution)
    assert world.names(execution).count("bad") == 2
    assert world.names(execution).count("good") == 1
    assert world.stage("Build")["retryStageMetadata"] == {
        "autoStageRetryAttempt": 1,
        "latestRetryTrigger": "AutomatedStageRetry",
    }
    world.failures = {"bad": ["broken", "again"]}
    world.ended(world.start(), "Failed")


def test_only_the_latest_execution_of_a_stage_can_be_retried(world, declare):
    world.failures = {"bad": ["broken", "broken"]}
    old = world.create(declare.source(), build(declare))
    world.ended(old, "Failed")
    new = world.start()
    world.ended(new, "Failed")
    assert code_of(world.retry, old, "Build") == "NotLatestPipelineExecutionException"
    assert code_of(world.retry, new, "Source") == "StageNotRetryableException"
    assert code_of(world.retry, new, "Other") == "StageNotFoundException"
    world.retry(new, "Build")
    world.ended(new)
    assert code_of(world.retry, new, "Build") == "StageNotRetryableException"


def test_an_execution_of_an_older_version_can_not_be_retried(world, declare):
    world.failures = {"bad": ["broken"]}
    execution = world.create(declare.source(), build(declare))
    world.ended(execution, "Failed")
    world.update(declare.source(), build(declare))
    assert code_of(world.retry, execution, "Build") == "StageNotRetryableException"


def test_a_stage_that_runs_can_not_be_retried(world, declare):
    world.hold = {"bad"}
    execution = world.create(declare.source(), build(declare))
    world.held("bad")
    assert code_of(world.retry, execution, "Build") == "StageNotRetryableException"


def test_a_rejected_approval_that_is_retried_asks_with_another_token(world, declare):
    prod = declare.stage("Prod", declare.approval(), declare.action("Deploy", runOrder=2))
    execution = world.create(declare.source(), prod)
    first = world.token()
    world.approve(first, "Rejected")
    world.ended(execution, "Failed")
    state = world.action("Prod", "Approve")
    assert state["errorDetails"]["message"] == "rejected: said so"
    assert state["summary"] == "said so"
    assert "token" not in state
    assert "Deploy" not in world.names(execution)
    world.retry(execution, "Prod")
    second = world.token()
    assert second != first
    assert code_of(world.approve, first) == "InvalidApprovalTokenException"
    world.approve(second)
    world.ended(execution)
    assert world.action("Prod", "Deploy")["status"] == "Succeeded"
    assert code_of(world.approve, second) == "ApprovalAlreadyCompletedException"


def test_what_asks_for_no_approval_can_not_be_approved(world, declare):
    execution = world.create(declare.source(), declare.stage("Prod"))
    world.ended(execution)
    assert code_of(world.approve, "token", "Approved", "Other") == "ActionNotFoundException"
    assert code_of(world.approve, "token", "Approved", "Prod-work") == (
        "InvalidApprovalTokenException"
    )
