"""What the pipeline's rehearsal sees of a pipeline, and what it puts down for its report."""

import os
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from slipway.rehearsal.errors import RehearsalError
from slipway.rehearsal.pipeline.accident import kill_build
from slipway.rehearsal.pipeline.client import ENDED, Pipeline
from slipway.rehearsal.pipeline.reading import Reader
from slipway.rehearsal.releases import happens
from waiting import PATIENCE_SECONDS

LONG = timedelta(seconds=PATIENCE_SECONDS)
BUILDSPEC = """
version: 0.2
phases:
  build:
    commands:
      - echo "the umbrella is missing"
      - eval "$COMMAND"
"""


@pytest.fixture(scope="module")
def project(workshop, parts):
    """A project that runs what its action says."""
    workshop.client("codebuild").create_project(
        name="on-demand",
        source={"type": "CODEPIPELINE", "buildspec": BUILDSPEC},
        artifacts={"type": "CODEPIPELINE"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_SMALL",
        },
        serviceRole=workshop.make_role(parts.trust(Service="codebuild.amazonaws.com")),
    )
    return "on-demand"


@pytest.fixture
def asked(parts):
    return {"name": "Approve", "actionTypeId": parts.kind("Approval", "Manual")}


def build(parts, project, command, **members):
    return {
        "name": "Build",
        "actionTypeId": parts.kind("Build", "CodeBuild"),
        "inputArtifacts": [{"name": "Files"}],
        "configuration": {
            "ProjectName": project,
            "EnvironmentVariables": f'[{{"name": "COMMAND", "value": "{command}"}}]',
        },
        **members,
    }


def pipeline_of(workshop, *actions, tell=lambda _: None):
    name = workshop.create(*actions).name
    return Pipeline(workshop.client, name, tell=tell)


def test_a_refusal_is_told_and_a_retry_asks_again(workshop, asked):
    pipeline = pipeline_of(workshop, asked)
    execution = pipeline.wait_for_execution((), LONG)
    assert pipeline.follow(execution, within=LONG) == "InProgress"
    first = pipeline.approval(execution)
    assert (first.stage, first.action) == ("Work", "Approve")
    pipeline.answer(first, agree=False, words="not on a Friday")
    assert happens(lambda: pipeline.approval(execution) is None)
    assert pipeline.follow(execution, within=LONG) == "Failed"
    (failure,) = pipeline.failures(execution)
    assert "not on a Friday" in str(failure)
    pipeline.retry(execution, "Work")
    assert happens(lambda: pipeline.approval(execution) is not None)
    second = pipeline.approval(execution)
    assert second != first
    pipeline.answer(second, agree=True, words="on Monday")
    assert happens(lambda: pipeline.approval(execution) is None)
    assert pipeline.follow(execution, within=LONG) == "Succeeded"
    assert pipeline.failures(execution) == []

    read = Reader(pipeline, workshop.client("s3")).execution(execution, "the first run")
    source, work = read.stages
    (commit,) = source.actions
    assert (source.status, commit.kind) == ("Succeeded", "CodeStarSourceConnection")
    assert read.commit == workshop.developer.git("rev-parse", "origin/main")
    (files,) = commit.outputs
    assert files.name == "Files"
    assert files.size > 0
    assert (work.status, work.attempts) == ("Succeeded", 2)
    assert [action.status for action in work.actions] == ["Failed", "Succeeded"]
    assert read.duration > timedelta()


def test_what_has_not_been_reached_is_pending(workshop, asked):
    pipeline = pipeline_of(workshop, {**asked, "runOrder": 2}, {**asked, "name": "First"})
    execution = pipeline.wait_for_execution((), LONG)
    pipeline.follow(execution, within=LONG)
    reader = Reader(pipeline, workshop.client("s3"))
    _, work = reader.execution(execution, "").stages
    assert work.status == "InProgress"
    assert [(action.name, action.ended_at) for action in work.actions] == [("First", None)]
    pipeline.answer(pipeline.approval(execution), agree=False, words="no")
    assert happens(lambda: pipeline.execution(execution)["status"] in ENDED)
    _, work = reader.execution(execution, "").stages
    assert work.status == "Failed"
    assert [action.run_order for action in work.actions] == [1]


def test_a_build_that_fails_is_told_with_the_end_of_its_log(workshop, parts, project):
    said = []
    pipeline = pipeline_of(workshop, build(parts, project, "false"), tell=said.append)
    execution = pipeline.wait_for_execution((), LONG)
    assert pipeline.follow(execution, within=LONG) == "Failed"
    (failure,) = pipeline.failures(execution)
    assert "the umbrella is missing" in failure.log
    assert "| the umbrella is missing" in str(failure)
    assert any(line.startswith("Work: Build failed: ") for line in said)


def test_a_build_that_is_killed_fails_and_its_stage_can_be_retried(workshop, parts, project):
    mark = Path(workshop.aws.log).with_name("killed-once")
    command = f"test -e {mark} || sleep 900"
    pipeline = pipeline_of(workshop, build(parts, project, command))
    execution = pipeline.wait_for_execution((), LONG)
    ids = []

    def runs():
        results = [
            each["output"]["executionResult"]
            for each in pipeline.actions(execution)
            if each["actionName"] == "Build" and each.get("output", {}).get("executionResult")
        ]
        ids[:] = [each["externalExecutionId"] for each in results]
        return bool(ids)

    pipeline.follow(execution, within=LONG, until=runs)
    kill_build(workshop.aws.process.pid, ids[0])
    assert pipeline.follow(execution, within=LONG) == "Failed"
    mark.touch()
    pipeline.retry(execution, "Work")
    assert happens(lambda: pipeline.execution(execution)["status"] == "Succeeded")


def test_nothing_but_what_came_of_the_local_aws_is_killed():
    with pytest.raises(RehearsalError, match="no process works for the build other:1"):
        kill_build(os.getpid(), "other:1", within=timedelta())


def test_an_execution_that_never_begins_is_told(workshop, asked):
    pipeline = pipeline_of(workshop, asked)
    known = (pipeline.wait_for_execution((), LONG),)
    with pytest.raises(RehearsalError, match="no execution has begun in 1 s"):
        pipeline.wait_for_execution(known, timedelta(seconds=1))


def test_waiting_ends_where_nobody_is_left_to_ask(workshop, asked):
    gone = threading.Event()

    def look():
        if gone.is_set():
            raise RehearsalError("the local AWS ended by itself")

    pipeline = Pipeline(workshop.client, workshop.create(asked).name, look=look)
    pipeline.wait_for_execution((), LONG)
    gone.set()
    with pytest.raises(RehearsalError, match="ended by itself"):
        pipeline.wait_for_execution((), LONG)
