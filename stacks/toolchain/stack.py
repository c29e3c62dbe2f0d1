"""The stack of the pipeline."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aws_cdk import RemovalPolicy, Stack, pipelines
from aws_cdk import aws_codepipeline as codepipeline
from constructs import Construct

from slipway.settings import PipelineNames, Settings
from slipway_constructs.encryption import EncryptionKey
from slipway_constructs.findings import acknowledge
from slipway_constructs.functions import depend_by_reference
from slipway_constructs.notifications import NotificationTopic
from slipway_constructs.pipeline.artifacts import ArtifactStore
from slipway_constructs.pipeline.conditions import set_conditions
from slipway_constructs.pipeline.project import PipelineParts, project_log_group
from slipway_constructs.pipeline.steps import BuildStep
from stacks.environment import EnvironmentStage
from stacks.told import told
from stacks.toolchain.artifacts import further_places, import_store, readers
from stacks.toolchain.buildspecs import images_step
from stacks.toolchain.library import LibraryProjects
from stacks.toolchain.notifications import PUBLISHER, tell
from stacks.toolchain.projects import Projects
from stacks.toolchain.role import pipeline_role
from stacks.toolchain.source import add_source, connection_arn, triggers
from stacks.toolchain.waves import add_wave

LOG_RETENTION = timedelta(days=365)
"""How long the logs of builds are kept: they say why something was released."""


class ToolchainStack(Stack):
    """The pipeline, its projects, and where it keeps what they hand to one another.

    It is deployed by hand once, and by itself from then on.

    Parameters
    ----------
    scope, id_
        Where the stack lives, and its name there.
    settings
        The settings of the whole application; they have a pipeline.
    stages
        What is deployed to each environment of the pipeline, by the environment's name.
    tools
        The versions of the npm packages with which the pipeline changes itself: ``aws-cdk``,
        ``cdk-assets``.
    signing_profile
        The ARN of the profile that signs what is pushed, where something does.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: Settings,
        stages: Mapping[str, EnvironmentStage],
        tools: Mapping[str, str],
        signing_profile: str | None = None,
        **kwargs: Any,
    ) -> None:
        names = PipelineNames(settings.application.application)
        super().__init__(scope, id_, stack_name=names.stack, **kwargs)
        wanted = settings.application.pipeline
        assert wanted is not None  # noqa: S101 - narrows the type
        tooling = settings.application.tooling
        encryption = EncryptionKey(
            self,
            "Encryption",
            alias=names.key_alias,
            removal_policy=RemovalPolicy.RETAIN,
            log_groups=[
                project_log_group(names.project(name)) for name in Projects.names(settings)
            ],
        )
        artifacts = ArtifactStore(
            self,
            "Artifacts",
            name=names.artifact_bucket(tooling.account, tooling.region),
            encryption=encryption,
            readers=readers(
                self,
                settings,
                (each for wave in settings.waves for each in wave if each.region == tooling.region),
            ),
        ).bucket
        topic = NotificationTopic(
            self,
            "Notifications",
            name=names.notifications,
            encryption=encryption,
            publisher=PUBLISHER,
            sid="PipelinesOfThisAccount",
            **told(wanted.notifications, names),
        ).topic
        parts = PipelineParts(
            artifacts=artifacts,
            encryption=encryption,
            log_retention=LOG_RETENTION,
            removal_policy=RemovalPolicy.RETAIN,
        )
        projects = Projects(
            self,
            "Projects",
            settings=settings,
            names=names,
            parts=parts,
            signing_profile=signing_profile,
        )
        library = LibraryProjects(self, "Library", settings=settings, names=names, parts=parts)
        stores = {
            place.region: import_store(self, names, place) for place in further_places(settings)
        }
        connection = connection_arn(self, names, wanted)
        role = pipeline_role(
            self,
            settings=settings,
            names=names,
            artifacts=artifacts,
            stores=stores,
            encryption=encryption,
            connection=connection,
            topic=topic,
        ).without_policy_updates()
        source = codepipeline.Artifact("Source")
        pipeline = codepipeline.Pipeline(
            self,
            "Pipeline",
            pipeline_name=names.pipeline,
            pipeline_type=codepipeline.PipelineType.V2,
            execution_mode=codepipeline.ExecutionMode[wanted.executions.upper()],
            role=role,
            cross_region_replication_buckets={tooling.region: artifacts, **stores},
            use_pipeline_role_for_actions=True,
            restart_execution_on_update=True,
        )
        action = add_source(pipeline, wanted, connection=connection, output=source)
        pipeline.add_trigger(
            provider_type=codepipeline.ProviderType.CODE_STAR_SOURCE_CONNECTION,
            git_configuration=triggers(wanted, action),
        )
        files = pipelines.CodePipelineFileSet.from_artifact(source)
        flow = pipelines.CodePipeline(
            self,
            "Flow",
            code_pipeline=pipeline,
            synth=self._synth(files, projects, settings),
            cli_version=tools["aws-cdk"],
            cdk_assets_cli_version=tools["cdk-assets"],
            self_mutation_code_build_defaults=library.update_defaults,
            asset_publishing_code_build_defaults=library.assets_defaults,
            # One build for all of them: each start costs half a minute.
            publish_assets_in_parallel=False,
            use_pipeline_role_for_actions=True,
        )
        conditions: dict[str, Mapping[str, Any]] = {}
        for wave in settings.waves:
            conditions |= add_wave(
                flow,
                settings=settings,
                environments=wave,
                stages=stages,
                source=files,
                projects=projects,
                topic=topic,
            )
        flow.build_pipeline()
        set_conditions(pipeline, conditions)
        depend_by_reference(pipeline)
        acknowledge(
            pipeline,
            "E3703",
            because="cfn-lint tells here, by the number of its rule on the configuration of "
            "actions, that it would rather see Fn::Sub than Fn::Join: the CDK joins the ARNs of "
            "the roles that CloudFormation acts with, so that they hold in every partition.",
        )
        library.adopt(flow)
        tell(self, pipeline, names=names, topic=topic)

    def _synth(
        self, source: pipelines.IFileSetProducer, projects: Projects, settings: Settings
    ) -> pipelines.IFileSetProducer:
        """Build and test at the same time; then say what is to be deployed."""
        images = [
            BuildStep(images_step(architecture), project=project, input_=source, has_output=True)
            for architecture, project in projects.images.items()
        ]
        tests = BuildStep("Tests", project=projects.tests, input_=source)
        synth = BuildStep(
            "Synth",
            project=projects.synth,
            input_=source,
            further_inputs=images,
            has_output=True,
        )
        synth.add_step_dependency(tests)
        return synth
