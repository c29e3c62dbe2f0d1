"""The order of the pipeline, and what stands between a commit and production."""

import re

import pytest

from slipway.settings.pipeline_size import actions_of_wave, stages_of_pipeline

ENVIRONMENTS = {
    "Dev": ["dev"],
    "Staging": ["staging"],
    "ProdEu-ProdUs": ["prod-eu", "prod-us"],
}
# Whoever is called comes first.
SERVICES = ["inventory", "search", "storefront"]
STACKS_OF_AN_ENVIRONMENT = ["network", "observability", "cluster", "releases"]


def wave_stages(wave):
    return [wave, *(f"{wave}-{service}" for service in SERVICES)]


def position(pipeline, stage):
    return list(pipeline.stages).index(stage)


def test_what_is_built_is_proved_then_released_environment_by_environment(pipeline):
    assert list(pipeline.stages) == [
        "Source",
        "Build",
        "UpdatePipeline",
        "Assets",
        *wave_stages("Dev"),
        *wave_stages("Staging"),
        *wave_stages("ProdEu-ProdUs"),
    ]


def test_images_of_each_processor_and_tests_run_at_once_and_synthesis_waits_for_all(pipeline):
    orders = {each.name: each.order for each in pipeline.actions("Build")}
    assert orders == {"Images-x86_64": 1, "Images-arm64": 1, "Tests": 1, "Synth": 2}
    assert set(pipeline.action("Synth").inputs) == {
        "Source",
        "Images_x86_64_Output",
        "Images_arm64_Output",
    }


def test_at_most_four_builds_start_one_after_the_other_before_the_first_environment(pipeline):
    before = list(pipeline.stages)[: position(pipeline, "Dev")]
    starts = {
        (each.stage, each.order)
        for stage in before
        for each in pipeline.actions(stage)
        if each.provider == "CodeBuild"
    }
    assert len(starts) == 4
    first = [each for each in pipeline.actions("Dev") if each.order == 1]
    assert {each.provider for each in first} == {"CloudFormation"}


def test_the_pipeline_changes_itself_before_it_changes_anything_else(pipeline):
    (update,) = pipeline.actions("UpdatePipeline")
    assert pipeline.properties["RestartExecutionOnUpdate"] is True
    buildspec = pipeline.projects[update.project]["Source"]["BuildSpec"]
    assert re.search(r"cdk -a \. deploy Toolchain --require-approval=never", buildspec)
    # With --exclusively a new service's repository would not come with it.
    assert "--exclusively" not in buildspec


def test_a_new_repository_and_a_new_region_s_store_come_with_the_pipeline(pipeline_assembly):
    toolchain = pipeline_assembly.get_stack_artifact(
        next(each.id for each in pipeline_assembly.stacks if each.stack_name == "shop-toolchain")
    )
    waited_for = {getattr(each, "stack_name", None) for each in toolchain.dependencies}
    assert {"shop-registry", "shop-artifacts"} <= waited_for


@pytest.mark.parametrize("wave", ENVIRONMENTS)
def test_each_service_is_released_by_codedeploy_behind_the_stacks_of_its_environment(
    pipeline, wave
):
    stacks = [each for each in pipeline.actions(wave) if each.provider == "CloudFormation"]
    changed = {each.configuration["StackName"] for each in stacks}
    assert changed == {
        f"shop-{environment}-{stack}"
        for environment in ENVIRONMENTS[wave]
        for stack in (*STACKS_OF_AN_ENVIRONMENT, *SERVICES)
    }
    for service in SERVICES:
        stage = f"{wave}-{service}"
        assert position(pipeline, stage) > position(pipeline, wave)
        releases = [e for e in pipeline.actions(stage) if e.provider == "CodeDeployToECS"]
        assert {
            (each.configuration["ApplicationName"], each.configuration["DeploymentGroupName"])
            for each in releases
        } == {(f"shop-{environment}-{service}", service) for environment in ENVIRONMENTS[wave]}


@pytest.mark.parametrize("wave", ENVIRONMENTS)
def test_a_release_is_prepared_before_it_and_checked_after_it(pipeline, wave):
    for service in SERVICES:
        actions = pipeline.actions(f"{wave}-{service}")
        orders = {}
        for each in actions:
            orders.setdefault(each.order, []).append(each)
        prepare, releases, check = (orders[order] for order in sorted(orders))
        assert prepare[0].variables["STEP"].startswith("prepare ")
        assert {each.provider for each in releases} == {"CodeDeployToECS"}
        assert check[0].variables["STEP"].startswith("check ")
        # The files are those that were prepared, and these are made of what was rendered before
        # this stage: a stage that is rolled back gets what it had then.
        assert {each.inputs for each in releases} == {prepare[0].outputs}
        render = pipeline.action(f"{wave}-Render")
        assert render.stage == wave
        assert set(prepare[0].inputs) == {"Source", *render.outputs}


def test_files_are_rendered_when_all_stacks_of_the_wave_are_deployed(pipeline):
    for wave in ENVIRONMENTS:
        render = pipeline.action(f"{wave}-Render")
        assert render.order == max(each.order for each in pipeline.actions(wave))
        for environment in ENVIRONMENTS[wave]:
            assert f"--environment {environment} " in render.variables["STEP"]


def test_a_service_without_anything_new_is_passed_over(pipeline):
    for wave in ENVIRONMENTS:
        namespace = f"{wave}-Render"
        exported = pipeline.projects["shop-pipeline-releases"]["Source"]["BuildSpec"]
        for service in SERVICES:
            (condition,) = pipeline.stages[f"{wave}-{service}"]["BeforeEntry"]["Conditions"]
            (rule,) = condition["Rules"]
            variable = f"RELEASE_{service.upper()}"
            assert condition["Result"] == "SKIP"
            assert rule["RuleTypeId"]["Provider"] == "VariableCheck"
            assert rule["Configuration"] == {
                "Variable": f"#{{{namespace}.{variable}}}",
                "Value": "true",
                "Operator": "EQ",
            }
            assert f'"{variable}"' in exported
    assert "BeforeEntry" not in pipeline.stages["Dev"]


def test_nothing_reaches_production_before_somebody_has_approved(pipeline):
    wave = "ProdEu-ProdUs"
    actions = pipeline.actions(wave)
    changes, approve, *others = actions
    assert changes.variables["STEP"].startswith(
        "changes --environment prod-eu --environment prod-us "
    )
    assert approve.provider == "Manual"
    assert changes.order < approve.order < min(each.order for each in others)
    touches = {"CloudFormation", "CodeDeployToECS"}
    production = ("444444444444",)
    for each in pipeline.actions():
        if each.provider in touches and any(account in each.role for account in production):
            assert position(pipeline, each.stage) >= position(pipeline, wave)
            if each.stage == wave:
                assert each.order > approve.order


def test_the_approver_reads_what_will_change(pipeline):
    approve = pipeline.action("ProdEu-ProdUs-Approve")
    assert "#{ProdEu-ProdUs-Changes.CHANGES_SUMMARY}" in approve.configuration["CustomData"]
    assert "#{Commit.CommitId}" in approve.configuration["CustomData"]
    assert "NotificationArn" in approve.configuration


def test_no_namespace_of_variables_is_the_name_of_an_artifact(pipeline):
    """CodePipeline: namespaces "cannot conflict with any artifact names"."""
    declared = [action for stage in pipeline.stages.values() for action in stage["Actions"]]
    namespaces = [action["Namespace"] for action in declared if "Namespace" in action]
    artifacts = {name for action in pipeline.actions() for name in action.outputs}
    assert namespaces
    assert len(namespaces) == len(set(namespaces))
    assert not artifacts & set(namespaces)


def test_an_environment_with_a_window_is_asked_for_before_it_is_touched(pipeline):
    first = pipeline.actions("Staging")[0]
    assert first.name == "Staging-Changes"
    assert "Staging-Approve" not in {each.name for each in pipeline.actions("Staging")}


def test_rollback_is_automatic_where_the_settings_say_so(pipeline, pipeline_settings):
    for wave, environments in ENVIRONMENTS.items():
        wanted = all(
            pipeline_settings.environment(name).pipeline.rollback == "automatic"
            for name in environments
        )
        for service in SERVICES:
            on_failure = pipeline.stages[f"{wave}-{service}"].get("OnFailure")
            assert on_failure == ({"Result": "ROLLBACK"} if wanted else None)
    assert {
        each.pipeline.rollback for each in pipeline_settings.environments.values() if each.pipeline
    } == {"automatic", "by-hand"}


def test_commits_of_the_branch_and_of_the_paths_start_it(pipeline):
    (trigger,) = pipeline.properties["Triggers"]
    assert trigger == {
        "ProviderType": "CodeStarSourceConnection",
        "GitConfiguration": {
            "SourceActionName": "Commit",
            "Push": [
                {
                    "Branches": {"Includes": ["main"]},
                    "FilePaths": {
                        "Includes": ["services/**", "environments/**", "slipway.yaml"],
                        "Excludes": ["docs/**"],
                    },
                }
            ],
        },
    }
    assert pipeline.properties["PipelineType"] == "V2"
    assert pipeline.properties["ExecutionMode"] == "QUEUED"


def test_settings_count_its_stages_and_actions_as_they_are(pipeline, pipeline_settings):
    """They refuse what would be too much, before anything is synthesised."""
    waves = pipeline_settings.waves
    assert stages_of_pipeline(len(waves), len(SERVICES)) == len(pipeline.stages)
    for wave, stage in zip(waves, ENVIRONMENTS, strict=True):
        assert actions_of_wave(wave, len(SERVICES)) == len(pipeline.actions(stage))


def test_it_fits_into_what_codepipeline_allows(pipeline):
    # https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
    assert len(pipeline.stages) <= 50
    assert len(pipeline.actions()) <= 500
    for stage in pipeline.stages:
        assert len(pipeline.actions(stage)) <= 50
    for each in pipeline.actions():
        assert re.fullmatch(r"[A-Za-z0-9.@_-]{1,100}", each.name)
        for value in each.configuration.values():
            assert len(str(value)) <= 1000
        for artifact in (*each.inputs, *each.outputs):
            assert re.fullmatch(r"[A-Za-z0-9_-]{1,100}", artifact)
