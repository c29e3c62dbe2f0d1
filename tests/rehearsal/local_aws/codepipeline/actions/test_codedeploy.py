"""Releases of a real service: tasks behind a load balancer, moved by CodeDeploy."""

import json
import os

import pytest

APPSPEC = """
version: 0.0
Resources:
  - TargetService:
      Type: AWS::ECS::Service
      Properties:
        TaskDefinition: <TASK_DEFINITION>
        LoadBalancerInfo:
          ContainerName: web
          ContainerPort: 8080
"""


@pytest.fixture(scope="module")
def world(workshop, tools):
    """A service in the account where the pipeline is, and its deployment group."""
    made = tools.make_world(workshop.aws, "released")
    tools.make_group(made, deploymentConfigName="CodeDeployDefault.ECSAllAtOnce")
    return made


def release(workshop, parts, world, **configuration):
    return {
        "name": "Release",
        "actionTypeId": parts.kind("Deploy", "CodeDeployToECS"),
        "roleArn": workshop.make_role(parts.trust(AWS=workshop.role)),
        "inputArtifacts": [{"name": "Files"}],
        "configuration": {
            "ApplicationName": world.name,
            "DeploymentGroupName": "web",
            "TaskDefinitionTemplateArtifact": "Files",
            "TaskDefinitionTemplatePath": "release/taskdef.json",
            "AppSpecTemplateArtifact": "Files",
            "AppSpecTemplatePath": "release/appspec.yaml",
            **configuration,
        },
    }


def task_definition(world, image):
    described = world.client("ecs").describe_task_definition(taskDefinition=world.name)
    kept = (
        "family",
        "containerDefinitions",
        "requiresCompatibilities",
        "networkMode",
        "cpu",
        "memory",
        "executionRoleArn",
    )
    found = {key: described["taskDefinition"][key] for key in kept}
    found["containerDefinitions"][0]["image"] = image
    return found


def push(workshop, task_definition, **files):
    workshop.developer.push(
        {
            "release/taskdef.json": json.dumps(task_definition),
            "release/appspec.yaml": APPSPEC,
            **files,
        },
        "A release",
    )


def test_a_release_registers_the_task_definition_and_moves_the_service(workshop, parts, world):
    detail = json.dumps({"ImageURI": world.image})
    push(workshop, task_definition(world, "<IMAGE>"), **{"imageDetail.json": detail})
    images = {"Image1ArtifactName": "Files", "Image1ContainerName": "IMAGE"}
    run = workshop.create(release(workshop, parts, world, **images))
    assert run.ended() == "Succeeded", run.state()
    deployment_id = run.action("Release")["output"]["executionResult"]["externalExecutionId"]
    assert world.deployment(deployment_id)["status"] == "Succeeded"
    revision = world.target(deployment_id)["taskSetsInfo"][0]
    assert revision["status"]
    described = world.client("ecs").describe_task_definition(taskDefinition=world.name)
    latest = described["taskDefinition"]
    assert latest["containerDefinitions"][0]["image"] == world.image
    assert world.get()[1] == f"{world.name}:{latest['revision']}"


def test_a_hook_that_fails_fails_the_action_with_the_deployment_s_words(
    workshop, parts, world, tools
):
    hook = tools.make_hook(workshop.aws, "refuses", "Failed")
    push(
        workshop,
        task_definition(world, world.image),
        **{"release/appspec.yaml": f"{APPSPEC}Hooks:\n  - BeforeInstall: {hook}\n"},
    )
    run = workshop.create(release(workshop, parts, world))
    assert run.ended() == "Failed"
    message = run.error("Release")
    assert message.startswith("Deployment d-")
    assert " has failed: " in message


def test_a_release_that_nobody_waits_for_goes_on(workshop, parts, world):
    push(workshop, task_definition(world, world.image))
    run = workshop.create(release(workshop, parts, world))

    def started():
        found = run.action_or_none("Release") or {}
        return found.get("output", {}).get("executionResult", {}).get("externalExecutionId")

    deployment_id = parts.eventually(started, "a deployment")
    workshop.client("codepipeline").stop_pipeline_execution(
        pipelineName=run.name,
        pipelineExecutionId=run.executions()[0]["pipelineExecutionId"],
        abandon=True,
    )
    assert run.ended() == "Stopped"
    assert run.action("Release")["status"] == "Abandoned"
    assert world.finished(deployment_id)["status"] == "Succeeded"


def test_a_task_definition_that_ecs_refuses_fails_the_action(workshop, parts, world):
    push(workshop, {**task_definition(world, world.image), "taskDefinitionArn": "read-only"})
    message = workshop.create(release(workshop, parts, world)).error("Release")
    assert message.startswith("The task definition can't be registered: ")
    assert "taskDefinitionArn" in message
    assert "\n" not in message


def test_a_group_that_is_not_there_fails_the_action(workshop, parts, world):
    push(workshop, task_definition(world, world.image))
    run = workshop.create(release(workshop, parts, world, DeploymentGroupName="missing"))
    assert run.error("Release").startswith(f"No deployment to {world.name}/missing: ")


def test_an_input_of_more_than_three_megabytes_fails_the_action(workshop, parts, world):
    push(workshop, task_definition(world, world.image), **{"large": os.urandom(4 * 1024**2)})
    try:
        message = workshop.create(release(workshop, parts, world)).error("Release")
    finally:
        workshop.developer.git("rm", "-q", "large")
        workshop.developer.push({}, "Small again")
    assert message.startswith("The input artifact Files has 4")


def test_an_image_without_its_placeholder_is_refused_when_the_pipeline_is_made(
    workshop, parts, world
):
    with pytest.raises(Exception, match="Image1ArtifactName is said alone"):
        workshop.create(release(workshop, parts, world, Image1ArtifactName="Files"))
