import pytest

from slipway.rehearsal.pipeline.outcome import State, ended_in, reason, state, verdict, waves
from slipway.rehearsal.pipeline.report import Action, Execution, PipelineReport, StageRun


def reasons(report: PipelineReport) -> list[str]:
    return [reason(execution) for execution in report.executions]


def test_execution_says_how_it_passed(whole: PipelineReport) -> None:
    first, second, *_ = reasons(whole)
    assert first == "6 stages, 4 more skipped"
    assert second == (
        "8 stages, 2 more skipped; Prod at attempt 2, at first Prod-Approve not approved "
        "(Not before the <summer sale> & its review)"
    )


def test_execution_says_where_it_stopped_and_why(whole: PipelineReport) -> None:
    *_, cancelled, rejected, unsafe = reasons(whole)
    assert cancelled == "after UpdatePipeline: the pipeline changed meanwhile"
    assert rejected.startswith("in Staging-storefront: Release-staging failed (Deployment d-4STAG")
    assert unsafe.startswith("in Build: Synth failed (Build failed: slipway_encrypted")


def test_execution_in_progress_says_what_it_waited_for(interrupted: PipelineReport) -> None:
    execution = interrupted.executions[-1]
    assert state(execution) is State.WAITING
    assert reason(execution) == (
        "in Prod when the rehearsal ended: Prod-Approve waiting for approval"
    )


def test_execution_without_a_stage_has_a_reason(whole: PipelineReport) -> None:
    first = whole.executions[0]
    execution = Execution("1", "nothing", "WebhookV2", None, "Failed", first.started_at, None)
    assert ended_in(execution) is None
    assert reason(execution) == "Failed before its first stage"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("Succeeded", State.SUCCEEDED),
        ("Failed", State.FAILED),
        ("InProgress", State.RUNNING),
        ("Skipped", State.SKIPPED),
        ("Pending", State.PENDING),
        ("Superseded", State.STOPPED),
        ("Stopping", State.STOPPED),
    ],
)
def test_stage_stands_as_codepipeline_says(status: str, expected: State) -> None:
    assert state(StageRun("Build", status)) is expected


def test_every_state_has_a_sign_of_its_own() -> None:
    assert len({each.sign for each in State}) == len(State)


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [
        ("Manual", "Failed", "not approved"),
        ("Manual", "Succeeded", "approved"),
        ("Manual", "InProgress", "waiting for approval"),
        ("CodeBuild", "InProgress", "in progress"),
        ("CodeBuild", "Abandoned", "abandoned"),
    ],
)
def test_action_has_a_word_for_how_it_ended(kind: str, status: str, expected: str) -> None:
    assert verdict(Action("A", kind, status, None, None)) == expected


def test_stages_are_grouped_by_their_environments() -> None:
    names = ["Source", "Build", "Dev", "Dev-web", "ProdEu-ProdUs", "ProdEu-ProdUs-web"]
    stages = [StageRun(name, "Pending") for name in names]
    grouped = {
        wave.name: [stage.name for stage in wave.stages]
        for wave in waves(stages, ["dev", "prod-eu", "prod-us"])
    }
    assert grouped == {
        "build": ["Source", "Build"],
        "Dev": ["Dev", "Dev-web"],
        "ProdEu-ProdUs": ["ProdEu-ProdUs", "ProdEu-ProdUs-web"],
    }
