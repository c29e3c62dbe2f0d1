"""Everything that CodePipeline holds for one account in one region."""

from __future__ import annotations

from dataclasses import dataclass, field

from slipway.local_aws.codepipeline.action import ActionDeclaration
from slipway.local_aws.codepipeline.definition.model import Stage
from slipway.local_aws.codepipeline.errors import CodePipelineError
from slipway.local_aws.codepipeline.executions.execution import Execution
from slipway.local_aws.codepipeline.executions.pipeline import Pipeline


@dataclass
class Store:
    """Finds what requests name, or refuses with the error that the API documents."""

    account: str
    region: str
    pipelines: dict[str, Pipeline] = field(default_factory=dict)

    def pipeline(self, name: str) -> Pipeline:
        """Find a pipeline."""
        if name not in self.pipelines:
            raise CodePipelineError(
                "PipelineNotFoundException",
                f"Account '{self.account}' does not have a pipeline with name '{name}'",
            )
        return self.pipelines[name]

    def by_arn(self, arn: str) -> Pipeline:
        """Find a pipeline by its ARN."""
        for pipeline in self.pipelines.values():
            if pipeline.arn == arn:
                return pipeline
        raise CodePipelineError("ResourceNotFoundException", f"There is no resource {arn}")


def stage_of(pipeline: Pipeline, name: str) -> Stage:
    """Find a stage of the current version."""
    stage = pipeline.definition.stage(name)
    if stage is None:
        raise CodePipelineError(
            "StageNotFoundException", f"The pipeline {pipeline.name} has no stage {name}"
        )
    return stage


def action_of(stage: Stage, name: str) -> ActionDeclaration:
    """Find an action of a stage."""
    for action in stage.actions:
        if action.name == name:
            return action
    raise CodePipelineError(
        "ActionNotFoundException", f"The stage {stage.name} has no action {name}"
    )


def execution_of(pipeline: Pipeline, execution_id: str) -> Execution:
    """Find an execution."""
    if execution_id not in pipeline.executions:
        raise CodePipelineError(
            "PipelineExecutionNotFoundException",
            f"The pipeline {pipeline.name} has no execution {execution_id}",
        )
    return pipeline.executions[execution_id]
