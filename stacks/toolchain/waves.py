"""One wave of environments: their stacks, then their services, one after the other."""

from collections.abc import Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any

from aws_cdk import aws_sns as sns
from aws_cdk import pipelines

from slipway.settings import Environment, PipelineNames, Settings
from slipway_constructs.pipeline.conditions import enter_only_if, roll_back_on_failure
from slipway_constructs.pipeline.steps import (
    ApprovalStep,
    BuildStep,
    DeploymentPlace,
    DeploymentStep,
)
from stacks.environment import EnvironmentStage
from stacks.toolchain.buildspecs import source_of
from stacks.toolchain.projects import Projects, release_variable

# What an approver is told; CodePipeline fills in the variables.
# https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html
_SUMMARY = "#{{{namespace}.CHANGES_SUMMARY}} Commit #{{Commit.CommitId}}"


def add_wave(
    flow: pipelines.CodePipeline,
    *,
    settings: Settings,
    environments: Sequence[Environment],
    stages: Mapping[str, EnvironmentStage],
    source: pipelines.IFileSetProducer,
    projects: Projects,
    topic: sns.ITopic,
) -> dict[str, Mapping[str, Any]]:
    """Add the stages of environments that go together.

    First one with all their stacks. Then one for each service, callees before callers, which
    AWS CodePipeline enters only where there is something to release. That a service has a stage
    of its own is what lets it be skipped, tried again and rolled back alone.

    Returns
    -------
    dict
        The conditions of the stages, by their names.
    """
    names = [each.name for each in environments]
    stage_names = PipelineNames(settings.application.application)
    title = stage_names.wave(names)
    wave = flow.add_wave(title)
    before = list(
        _before(title, environments, flow.cloud_assembly_file_set, source, projects, topic)
    )
    wave.add_pre(*before)
    for name in names:
        wave.add_stage(stages[name])
    places = " ".join(f"--environment {name}" for name in names)
    render = BuildStep(
        f"{title}-Render",
        project=projects.releases,
        input_=source,
        variables={"STEP": f"render {places} --output out"},
        has_output=True,
        namespace=f"{title}-Render",
    )
    wave.add_post(render)
    conditions: dict[str, Mapping[str, Any]] = {}
    for service in in_order_of_calls(settings, names):
        here = [each for each in environments if service in settings.services(each.name)]
        stage = flow.add_wave(stage_names.release(names, service))
        stage.add_post(*_release(stage.id, service, here, settings, source, render, projects))
        conditions[stage.id] = {
            **enter_only_if(f"#{{{title}-Render.{release_variable(service)}}}", "true"),
            **(
                roll_back_on_failure()
                if all(each.pipeline and each.pipeline.rollback == "automatic" for each in here)
                else {}
            ),
        }
    return conditions


def in_order_of_calls(settings: Settings, names: Sequence[str]) -> list[str]:
    """List the services of environments: whoever is called comes before the caller."""
    calls: dict[str, set[str]] = {}
    for name in names:
        for service in settings.services(name).values():
            calls.setdefault(service.name, set()).update(service.calls)
    sorter = TopologicalSorter({name: sorted(calls[name]) for name in sorted(calls)})
    return list(sorter.static_order())


def _before(
    title: str,
    environments: Sequence[Environment],
    assembly: pipelines.IFileSetProducer,
    source: pipelines.IFileSetProducer,
    projects: Projects,
    topic: sns.ITopic,
) -> Iterator[pipelines.Step]:
    """Say what will change, keep to the times that were set, and ask whoever has to agree."""
    asked = any(each.approval == "required" for each in environments)
    timed = any(
        each.pipeline and (each.pipeline.window or each.pipeline.freezes) for each in environments
    )
    if not asked and not timed:
        return
    places = " ".join(f"--environment {each.name}" for each in environments)
    changes = BuildStep(
        f"{title}-Changes",
        project=projects.releases,
        input_=source,
        further_inputs=[assembly],
        variables={
            "STEP": f"changes {places} --assembly ${source_of('Synth')} --output out/changes.txt"
        },
        namespace=f"{title}-Changes",
    )
    yield changes
    if asked:
        approval = ApprovalStep(
            f"{title}-Approve",
            topic=topic,
            summary=_SUMMARY.format(namespace=f"{title}-Changes"),
        )
        approval.add_step_dependency(changes)
        yield approval


def _release(
    title: str,
    service: str,
    environments: Sequence[Environment],
    settings: Settings,
    source: pipelines.IFileSetProducer,
    render: BuildStep,
    projects: Projects,
) -> list[pipelines.Step]:
    """Prepare, release by CodeDeploy, check."""
    places = " ".join(f"--environment {each.name}" for each in environments)
    what = f"{places} --service {service}"
    prepare = BuildStep(
        f"{title}-Prepare",
        project=projects.releases,
        input_=source,
        further_inputs=[render],
        variables={
            "STEP": f"prepare {what} --rendered ${source_of(render.id)} --output out",
        },
        has_output=True,
    )
    deploy = DeploymentStep(
        f"{title}-Deploy",
        rendered=prepare,
        places=[_place(settings, each, service) for each in environments],
    )
    check = BuildStep(
        f"{title}-Check",
        project=projects.releases,
        input_=source,
        further_inputs=[prepare],
        variables={"STEP": f"check {what} --rendered ${source_of(prepare.id)}"},
    )
    check.add_step_dependency(deploy)
    return [prepare, deploy, check]


def _place(settings: Settings, environment: Environment, service: str) -> DeploymentPlace:
    names = settings.names(environment.name)
    return DeploymentPlace(
        name=f"Release-{environment.name}",
        account=environment.account,
        region=environment.region,
        role=names.release_role,
        application=names.codedeploy_application(service),
        deployment_group=names.deployment_group(service),
        folder=f"{environment.name}/{service}",
    )
