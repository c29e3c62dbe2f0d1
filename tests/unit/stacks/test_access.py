"""The Access stack: whom it lets in, and where."""

import pytest


@pytest.fixture(scope="module")
def stacks(pipeline_assembly):
    """The stacks outside of any stage, by name."""
    return {stack.stack_name: stack for stack in pipeline_assembly.stacks}


def test_each_environment_of_the_pipeline_has_one_in_its_account_and_region(stacks):
    found = {
        name: (stack.environment.account, stack.environment.region)
        for name, stack in stacks.items()
        if name.endswith("-access")
    }
    assert found == {
        "shop-dev-access": ("222222222222", "eu-west-1"),
        "shop-staging-access": ("333333333333", "eu-west-1"),
        "shop-prod-eu-access": ("444444444444", "eu-west-1"),
        "shop-prod-us-access": ("444444444444", "us-east-1"),
    }


def test_the_pipeline_does_not_deploy_what_lets_it_in(pipeline_assembly):
    """Whoever could change these roles could let anybody in."""
    for stage in pipeline_assembly.nested_assemblies:
        assert not [
            stack.stack_name
            for stack in stage.nested_assembly.stacks
            if stack.stack_name.endswith("-access")
        ]


def test_an_environment_that_is_deployed_by_hand_has_none(assembly):
    assert not [stack for stack in assembly.stacks if stack.stack_name == "shop-local-access"]


def test_an_action_reads_the_artifacts_of_its_own_region(stacks):
    assert "shop-pipeline-111111111111-us-east-1/*" in str(stacks["shop-prod-us-access"].template)
    assert "shop-pipeline-111111111111-eu-west-1/*" in str(stacks["shop-prod-eu-access"].template)


def test_it_is_protected_where_the_environment_is(stacks):
    protected = {
        name: stack.termination_protection
        for name, stack in stacks.items()
        if name.endswith("-access")
    }
    assert protected["shop-prod-eu-access"]
    assert not protected["shop-dev-access"]
