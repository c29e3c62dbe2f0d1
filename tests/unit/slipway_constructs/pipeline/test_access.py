"""What lets the pipeline of another account in: two roles, each with all that it may do."""

from typing import Any

import pytest

# What the names of actions begin with that change nothing.
READING = ("BatchGet", "Describe", "Get", "List")


@pytest.fixture
def access(synthesise: Any) -> Any:
    from slipway_constructs.pipeline.access import Artifacts, PipelineAccess

    return synthesise(
        lambda stack: PipelineAccess(
            stack,
            "Pipeline",
            release_role="shop-dev-release",
            observe_role="shop-dev-observe",
            pipeline_role="shop-pipeline",
            releases_role="shop-pipeline-releases",
            artifacts=Artifacts(
                account="999999999999", bucket="shop-pipeline-x", key_alias="shop/pipeline"
            ),
            cluster_name="shop-dev",
            prefix="shop-dev-",
            task_roles_path="/shop/dev/tasks/",
        )
    )


def allowed(access: Any, role: str) -> dict[str, Any]:
    """Each action that a role may do, and its statement."""
    return {
        action: statement
        for statement in access.statements(f"Pipeline{role}")
        for actions in [statement["Action"]]
        for action in ([actions] if isinstance(actions, str) else actions)
    }


@pytest.mark.parametrize(
    ("name", "assumed_by"),
    [("shop-dev-release", "shop-pipeline"), ("shop-dev-observe", "shop-pipeline-releases")],
)
def test_one_role_of_the_pipeline_s_account_may_assume_it(
    name: str, assumed_by: str, access: Any
) -> None:
    """By its name: IAM takes no principal that isn't there yet."""
    (role,) = [each for each in access.each("AWS::IAM::Role") if each["RoleName"] == name]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Condition"] == {
        "ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::999999999999:role/{assumed_by}"}
    }


def test_what_observes_releases_nothing(access: Any) -> None:
    may = allowed(access, "Observe")
    assert not may.keys() & {
        "codedeploy:CreateDeployment",
        "codedeploy:RegisterApplicationRevision",
        "codedeploy:StopDeployment",
        "ecs:RegisterTaskDefinition",
        "iam:PassRole",
    }
    changing = {action for action in may if not action.split(":")[1].startswith(READING)}
    assert changing == {"application-autoscaling:RegisterScalableTarget", "ecs:UpdateService"}


def test_making_room_changes_no_more_than_how_many_tasks_run(access: Any) -> None:
    assert allowed(access, "Observe")["ecs:UpdateService"]["Condition"] == {
        "Null": {"ecs:task-definition": "true", "ecs:enable-execute-command": "true"}
    }


def test_what_releases_is_what_aws_says_the_action_needs(access: Any) -> None:
    """https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECSbluegreen.html"""
    may = allowed(access, "Release")
    assert may.keys() == {
        "codedeploy:CreateDeployment",
        "codedeploy:GetApplication",
        "codedeploy:GetApplicationRevision",
        "codedeploy:GetDeployment",
        "codedeploy:GetDeploymentConfig",
        "codedeploy:RegisterApplicationRevision",
        "ecs:RegisterTaskDefinition",
        "ecs:TagResource",
        "iam:PassRole",
        "kms:Decrypt",
        "s3:GetObject",
        "s3:GetObjectVersion",
    }


def test_only_roles_of_tasks_are_passed_and_to_tasks_only(access: Any) -> None:
    statement = allowed(access, "Release")["iam:PassRole"]
    assert "role/shop/dev/tasks/*" in str(statement["Resource"])
    assert statement["Condition"] == {
        "StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}
    }


def test_only_the_key_of_the_artifacts_decrypts_and_only_for_s3(access: Any) -> None:
    statement = allowed(access, "Release")["kms:Decrypt"]
    assert statement["Condition"] == {
        "StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"},
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/shop/pipeline"},
    }


def test_tags_are_given_only_to_what_is_registered(access: Any) -> None:
    assert allowed(access, "Release")["ecs:TagResource"]["Condition"] == {
        "StringEquals": {"ecs:CreateAction": "RegisterTaskDefinition"}
    }
