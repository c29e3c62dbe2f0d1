"""Configurations that are refused when a pipeline is made."""

import pytest

from slipway.local_aws.codepipeline.action import ActionType
from slipway.local_aws.codepipeline.actions import ACTIONS

SOURCE = ActionType("Source", "CodeStarSourceConnection")
BUILD = ActionType("Build", "CodeBuild")
STACK = ActionType("Deploy", "CloudFormation")
RELEASE = ActionType("Deploy", "CodeDeployToECS")
REPLACE = {"ActionMode": "CHANGE_SET_REPLACE", "StackName": "s", "ChangeSetName": "c"}


@pytest.mark.parametrize(
    ("kind", "configuration", "problem"),
    [
        (SOURCE, {"OutputArtifactFormat": "CODEBUILD_CLONE_REF"}, "CODEBUILD_CLONE_REF"),
        (SOURCE, {"DetectChanges": "perhaps"}, "DetectChanges"),
        (BUILD, {"EnvironmentVariables": "{"}, "no JSON list"),
        (BUILD, {"EnvironmentVariables": '{"A": "b"}'}, "no JSON list"),
        (BUILD, {"EnvironmentVariables": '[{"name": "A"}]'}, "no JSON list"),
        (BUILD, {"EnvironmentVariables": '[{"name": "A", "value": 1}]'}, "no text"),
        (
            BUILD,
            {"EnvironmentVariables": '[{"name":"A","value":"b","type":"PARAMETER_STORE"}]'},
            "PARAMETER_STORE",
        ),
        (STACK, {**REPLACE, "ActionMode": "REPLACE_ON_FAILURE"}, "REPLACE_ON_FAILURE"),
        (STACK, REPLACE, "needs RoleArn and TemplatePath"),
        (STACK, {**REPLACE, "RoleArn": "r", "TemplatePath": "file"}, "ARTIFACT::PATH"),
        (RELEASE, {"Image2ContainerName": "IMAGE"}, "Image2ArtifactName"),
    ],
)
def test_what_is_not_carried_out_is_named(kind, configuration, problem):
    said = ACTIONS[kind].problem(configuration)
    assert said is not None
    assert problem in said


@pytest.mark.parametrize(
    ("kind", "configuration"),
    [
        (SOURCE, {"OutputArtifactFormat": "CODE_ZIP", "DetectChanges": "false"}),
        (BUILD, {"EnvironmentVariables": '[{"name":"A","value":"#{Source.CommitId}"}]'}),
        (STACK, {**REPLACE, "RoleArn": "r", "TemplatePath": "Synth::a.json"}),
        (STACK, {**REPLACE, "ActionMode": "CHANGE_SET_EXECUTE"}),
        (RELEASE, {"Image1ContainerName": "IMAGE", "Image1ArtifactName": "Built"}),
        (ActionType("Approval", "Manual"), {}),
        (ActionType("Invoke", "Lambda"), {"FunctionName": "f"}),
    ],
)
def test_what_is_carried_out_is_not(kind, configuration):
    assert ACTIONS[kind].problem(configuration) is None


def test_every_kind_knows_which_keys_it_takes():
    for kind, action in ACTIONS.items():
        assert action.type == kind
        assert not action.required & action.optional
