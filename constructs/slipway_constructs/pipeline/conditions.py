"""Under which conditions a pipeline enters a stage, and what it does when the stage fails."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import aws_codepipeline as codepipeline

RunOnlyIf = tuple[str, str]


def enter_only_if(variable: str, value: str) -> Mapping[str, Any]:
    """Skip a stage unless a variable of an earlier action has a value.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/rule-reference-VariableCheck.html

    Parameters
    ----------
    variable
        Such as ``#{Dev.RELEASE_INVENTORY}``.
    value
        The value with which the stage is run.
    """
    return {
        "BeforeEntry": {
            "Conditions": [
                {
                    "Result": "SKIP",
                    "Rules": [
                        {
                            "Name": "Needed",
                            "RuleTypeId": {
                                "Category": "Rule",
                                "Owner": "AWS",
                                "Provider": "VariableCheck",
                                "Version": "1",
                            },
                            "Configuration": {
                                "Variable": variable,
                                "Value": value,
                                "Operator": "EQ",
                            },
                        }
                    ],
                }
            ]
        }
    }


def roll_back_on_failure() -> Mapping[str, Any]:
    """Run a stage that failed again with what the last good execution gave it.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-rollback-auto.html
    """
    return {"OnFailure": {"Result": "ROLLBACK"}}


def set_conditions(
    pipeline: codepipeline.Pipeline, conditions: Mapping[str, Mapping[str, Any]]
) -> None:
    """Give stages that the library has made conditions, for which it has no parameter.

    Parameters
    ----------
    pipeline
        The pipeline, with all its stages.
    conditions
        Properties of stages, by their names.

    Raises
    ------
    ValueError
        There is no such stage.
    """
    names = [stage.stage_name for stage in pipeline.stages]
    resource = pipeline.node.default_child
    assert isinstance(resource, codepipeline.CfnPipeline)  # noqa: S101 - narrows the type
    for name, properties in conditions.items():
        if name not in names:
            raise ValueError(f"the pipeline has no stage {name}; it has {', '.join(names)}")
        for key, value in properties.items():
            resource.add_property_override(f"Stages.{names.index(name)}.{key}", value)
