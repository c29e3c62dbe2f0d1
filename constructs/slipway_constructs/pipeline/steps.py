"""Steps of a pipeline, each of which becomes one action of AWS CodePipeline or several."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jsii
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_codepipeline_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import pipelines
from constructs import Construct

from slipway_constructs.pipeline.project import BuildProject
from slipway_constructs.values import arn, role_arn

OUTPUT = "Output"
"""What the library adds to the name of a step to name the artifact that it leaves behind."""


@jsii.implements(pipelines.ICodePipelineActionFactory)
class BuildStep(pipelines.Step):
    """A build: a run of a project that other steps may run too, each with its own variables.

    Parameters
    ----------
    id_
        The action's name.
    project
        What is run.
    input_, further_inputs
        What it starts in, and what else CodeBuild lays beside it.
    variables
        What the build finds in its environment.
    has_output
        Whether other steps use what it leaves behind.
    namespace
        Under which other actions find the variables that it exports.
    """

    def __init__(
        self,
        id_: str,
        *,
        project: BuildProject,
        input_: pipelines.IFileSetProducer,
        further_inputs: Sequence[pipelines.IFileSetProducer] = (),
        variables: Mapping[str, str] | None = None,
        has_output: bool = False,
        namespace: str | None = None,
    ) -> None:
        super().__init__(id_)
        self._project = project
        self._inputs = [_file_set(each) for each in (input_, *further_inputs)]
        self._variables = dict(variables or {})
        self._namespace = namespace
        for each in self._inputs:
            self._add_dependency_file_set(each)
        self._output = pipelines.FileSet(OUTPUT, self) if has_output else None
        if self._output:
            self._configure_primary_output(self._output)

    def produce_action(
        self,
        stage: codepipeline.IStage,
        *,
        action_name: str,
        artifacts: pipelines.ArtifactMap,
        run_order: float,
        before_self_mutation: bool | None = None,
        **_others: Any,
    ) -> pipelines.CodePipelineActionFactoryResult:
        """Add the action; the library calls this."""
        variables = dict(self._variables)
        if before_self_mutation:
            # A project that changes is not seen in the pipeline's own definition, and CodePipeline
            # starts again for a change of that only.
            variables["PROJECT_FINGERPRINT"] = self._project.fingerprint
        first, *others = map(artifacts.to_code_pipeline, self._inputs)
        stage.add_action(
            actions.CodeBuildAction(
                action_name=action_name,
                run_order=run_order,
                project=self._project.project,
                input=first,
                extra_inputs=others,
                outputs=[artifacts.to_code_pipeline(self._output)] if self._output else [],
                environment_variables={
                    name: codebuild.BuildEnvironmentVariable(value=value)
                    for name, value in variables.items()
                },
                variables_namespace=self._namespace,
            )
        )
        return pipelines.CodePipelineActionFactoryResult(
            run_orders_consumed=1, project=self._project.project
        )


def _file_set(producer: pipelines.IFileSetProducer) -> pipelines.FileSet:
    file_set = producer.primary_output
    if file_set is None:
        raise ValueError(f"{producer} leaves nothing behind that a step could start with")
    return file_set


@dataclass(frozen=True, kw_only=True)
class DeploymentPlace:
    """Where AWS CodeDeploy releases, and as whom."""

    name: str
    """The action's name."""
    account: str
    region: str
    role: str
    """The name of the role there that the pipeline releases with."""
    application: str
    deployment_group: str
    folder: str
    """The folder of the artifact with ``taskdef.json`` and ``appspec.yaml``."""


@jsii.implements(pipelines.ICodePipelineActionFactory)
class DeploymentStep(pipelines.Step):
    """Blue/green releases through CodePipeline's own CodeDeploy action, in parallel.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECSbluegreen.html

    Parameters
    ----------
    id_
        The step's name.
    rendered
        Whose output has the files.
    places
        Where to release; an action each.
    """

    def __init__(
        self, id_: str, *, rendered: pipelines.IFileSetProducer, places: Sequence[DeploymentPlace]
    ) -> None:
        super().__init__(id_)
        self._rendered = _file_set(rendered)
        self._places = places
        self._add_dependency_file_set(self._rendered)

    def produce_action(
        self,
        stage: codepipeline.IStage,
        *,
        artifacts: pipelines.ArtifactMap,
        run_order: float,
        scope: Construct,
        **_others: Any,
    ) -> pipelines.CodePipelineActionFactoryResult:
        """Add the actions; the library calls this."""
        rendered = artifacts.to_code_pipeline(self._rendered)
        for place in self._places:
            here = Construct(scope, place.name)
            stage.add_action(
                actions.CodeDeployEcsDeployAction(
                    action_name=place.name,
                    run_order=run_order,
                    deployment_group=_imported_group(here, place),
                    role=iam.Role.from_role_arn(
                        here, "Role", role_arn(here, place.account, place.role)
                    ),
                    task_definition_template_file=rendered.at_path(f"{place.folder}/taskdef.json"),
                    app_spec_template_file=rendered.at_path(f"{place.folder}/appspec.yaml"),
                )
            )
        return pipelines.CodePipelineActionFactoryResult(run_orders_consumed=1)


def _imported_group(scope: Construct, place: DeploymentPlace) -> codedeploy.IEcsDeploymentGroup:
    application = arn(
        scope,
        "codedeploy",
        f"application:{place.application}",
        region=place.region,
        account=place.account,
    )
    return codedeploy.EcsDeploymentGroup.from_ecs_deployment_group_attributes(
        scope,
        "Group",
        application=codedeploy.EcsApplication.from_ecs_application_arn(
            scope, "Application", application
        ),
        deployment_group_name=place.deployment_group,
    )


@jsii.implements(pipelines.ICodePipelineActionFactory)
class ApprovalStep(pipelines.Step):
    """A person agrees, having read what will change.

    Parameters
    ----------
    id_
        The action's name.
    topic
        Where it is told that somebody is asked.
    summary
        What whoever approves reads; variables of earlier actions are filled in.
    """

    def __init__(self, id_: str, *, topic: sns.ITopic, summary: str) -> None:
        super().__init__(id_)
        self._topic, self._summary = topic, summary

    def produce_action(
        self,
        stage: codepipeline.IStage,
        *,
        action_name: str,
        run_order: float,
        **_others: Any,
    ) -> pipelines.CodePipelineActionFactoryResult:
        """Add the action; the library calls this."""
        stage.add_action(
            actions.ManualApprovalAction(
                action_name=action_name,
                run_order=run_order,
                additional_information=self._summary,
                notification_topic=self._topic,
            )
        )
        return pipelines.CodePipelineActionFactoryResult(run_orders_consumed=1)
