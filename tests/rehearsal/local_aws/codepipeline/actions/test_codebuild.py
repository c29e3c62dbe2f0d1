"""Builds as a pipeline starts them."""

import json
import textwrap
import uuid

import pytest

BUILDSPEC = textwrap.dedent(
    """
    version: 0.2
    env:
      exported-variables: [GREETING]
    phases:
      build:
        commands:
          - test "$ASKED" != fail
          - while [ -e "$ASKED" ]; do sleep 0.1; done
          - export GREETING="$ASKED $(cat README.md)"
          - mkdir -p out && echo "$GREETING" > out/greeting.txt
    artifacts:
      base-directory: out
      files: ["**/*"]
    """
)


@pytest.fixture(scope="module")
def project(workshop, parts):
    name = f"project-{uuid.uuid4().hex[:8]}"
    workshop.client("codebuild").create_project(
        name=name,
        source={"type": "CODEPIPELINE", "buildspec": BUILDSPEC},
        artifacts={"type": "CODEPIPELINE"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_SMALL",
        },
        serviceRole=workshop.make_role(parts.trust(Service="codebuild.amazonaws.com")),
    )
    return name


def build(parts, project, asked, **members):
    variables = [{"name": "ASKED", "value": asked, **members}]
    return {
        "name": "Build",
        "actionTypeId": parts.kind("Build", "CodeBuild"),
        "namespace": "Build",
        "inputArtifacts": [{"name": "Files"}],
        "outputArtifacts": [{"name": "Built"}],
        "configuration": {"ProjectName": project, "EnvironmentVariables": json.dumps(variables)},
    }


def test_a_build_takes_files_and_variables_and_gives_some_back(workshop, parts, project):
    workshop.developer.push({"README.md": "a shop"}, "A readme")
    run = workshop.create(build(parts, project, "#{Source.BranchName}"))
    assert run.ended() == "Succeeded", run.state()
    assert run.variables("Build") == {"GREETING": "main a shop"}
    with run.artifact("Built", "Build") as built:
        assert built.read("greeting.txt") == b"main a shop\n"
    build_id = run.action("Build")["output"]["executionResult"]["externalExecutionId"]
    assert build_id.startswith(f"{project}:")
    described = workshop.client("codebuild").batch_get_builds(ids=[build_id])["builds"][0]
    assert described["initiator"] == f"codepipeline/{run.name}"
    assert described["resolvedSourceVersion"] == run.variables("Commit")["CommitId"]


def test_a_build_that_fails_says_which_command(workshop, parts, project):
    message = workshop.create(build(parts, project, "fail")).error("Build")
    assert message == (
        "Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, "
        'Message: Error while executing command: test "$ASKED" != fail. Reason: exit status 1'
    )


def test_an_abandoned_build_goes_on(workshop, parts, project, tmp_path):
    held = tmp_path / "held"
    held.touch()
    run = workshop.create(build(parts, project, str(held)))
    builds, pipeline = workshop.client("codebuild"), workshop.client("codepipeline")

    def begun():
        listed = builds.list_builds_for_project(projectName=project)["ids"]
        found = builds.batch_get_builds(ids=listed)["builds"] if listed else []
        return next((it["id"] for it in found if it["buildStatus"] == "IN_PROGRESS"), None)

    build_id = parts.eventually(begun, "a build")
    (execution,) = run.executions()
    pipeline.stop_pipeline_execution(
        pipelineName=run.name,
        pipelineExecutionId=execution["pipelineExecutionId"],
        abandon=True,
    )
    assert run.ended() == "Stopped"
    held.unlink()

    def status():
        return builds.batch_get_builds(ids=[build_id])["builds"][0]["buildStatus"]

    parts.eventually(lambda: status() != "IN_PROGRESS", "the build's end")
    assert status() == "SUCCEEDED"


def test_a_project_that_is_not_there_fails_the_action(workshop, parts):
    message = workshop.create(build(parts, "missing", "x")).error("Build")
    assert message.startswith("Error calling startBuild: ")


def test_a_variable_in_another_service_is_refused_when_the_pipeline_is_made(
    workshop, parts, project
):
    with pytest.raises(Exception, match="of type SECRETS_MANAGER"):
        workshop.create(build(parts, project, "x", type="SECRETS_MANAGER"))
