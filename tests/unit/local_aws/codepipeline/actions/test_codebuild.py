"""The build that an action asks for."""

import pytest

from slipway.local_aws.codebuild.order import BuildArtifact
from slipway.local_aws.codepipeline.action import ActionFailed, ActionType
from slipway.local_aws.codepipeline.actions.codebuild import order_of

BUILD = ActionType("Build", "CodeBuild")


def test_the_primary_source_comes_first(run_of):
    run = run_of(
        BUILD,
        {"ProjectName": "images", "PrimarySource": "Rendered"},
        inputs=("Files", "Rendered", "More"),
        outputs=("Built",),
    )
    order = order_of(run)
    assert [artifact.name for artifact in order.inputs] == ["Rendered", "Files", "More"]
    assert order.outputs == (BuildArtifact("Built", "bucket", "shop/Built"),)
    assert order.initiator == "codepipeline/shop"
    assert order.source_version == "abc"


def test_the_action_s_variables_go_with_it(run_of):
    variables = '[{"name": "STEP", "value": "render", "type": "PLAINTEXT"}]'
    run = run_of(BUILD, {"ProjectName": "images", "EnvironmentVariables": variables})
    assert order_of(run).variables == {"STEP": "render"}


@pytest.mark.parametrize("primary", [{}, {"PrimarySource": "Elsewhere"}])
def test_several_inputs_need_a_primary_source(run_of, primary):
    run = run_of(BUILD, {"ProjectName": "images", **primary}, inputs=("Files", "Rendered"))
    with pytest.raises(ActionFailed, match="PrimarySource"):
        order_of(run)


def test_a_variable_that_breaks_the_list_when_it_is_resolved_fails_the_action(run_of):
    broken = '[{"name": "MESSAGE", "value": "a "quoted" word"}]'
    run = run_of(BUILD, {"ProjectName": "images", "EnvironmentVariables": broken})
    with pytest.raises(ActionFailed, match="no JSON list"):
        order_of(run)
