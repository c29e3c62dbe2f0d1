"""How CodePipeline's API says no."""

from __future__ import annotations

from slipway.local_aws.json_api import ApiError


class CodePipelineError(ApiError):
    """A request that CodePipeline refuses, with the error code of its API.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/CommonErrors.html
    """


def invalid(message: str) -> CodePipelineError:
    """Make the error of a request whose members are wrong."""
    return CodePipelineError("ValidationException", message)


def invalid_structure(message: str) -> CodePipelineError:
    """Make the error of a pipeline whose parts don't fit together, or can't be carried out."""
    return CodePipelineError("InvalidStructureException", message)


def invalid_stage(message: str) -> CodePipelineError:
    """Make the error of a stage that is declared wrongly."""
    return CodePipelineError("InvalidStageDeclarationException", message)


def invalid_action(message: str) -> CodePipelineError:
    """Make the error of an action that is declared wrongly."""
    return CodePipelineError("InvalidActionDeclarationException", message)
