"""A build or a test: CodeBuild runs a project with the pipeline's artifacts.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from slipway.local_aws import codebuild
from slipway.local_aws.codebuild.errors import CodeBuildError
from slipway.local_aws.codebuild.order import BuildArtifact, PipelineOrder
from slipway.local_aws.codepipeline.action import (
    ActionAbandoned,
    ActionFailed,
    ActionResult,
    ActionRun,
    ActionType,
)
from slipway.local_aws.codepipeline.actions.acting import account_of, credentials_of

PLAINTEXT = "PLAINTEXT"


class Build:
    """Starts a build, waits for its end, and takes the variables that it exports."""

    required = frozenset({"ProjectName"})
    optional = frozenset({"PrimarySource", "EnvironmentVariables"})

    def __init__(self, category: str) -> None:
        self.type = ActionType(category, "CodeBuild")

    def problem(self, configuration: Mapping[str, str]) -> str | None:
        """Refuse variables that can't be read, and those that lie in other services."""
        try:
            variables_of(configuration)
        except ValueError as error:
            return str(error)
        return None

    def run(self, run: ActionRun) -> ActionResult:
        """Run the project; abandoned, the build goes on.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-stop.html
        """
        # Whoever starts the build has to be let in; what the build may do is its own role's.
        credentials_of(run)
        builds = codebuild.service(run.machine)
        order = order_of(run)
        try:
            build_id = builds.start(account_of(run), run.region, order)
        except CodeBuildError as error:
            message = f"Error calling startBuild: {error}"
            raise ActionFailed(message, "ConfigurationError") from error
        run.tell(
            external_execution_id=build_id,
            external_execution_url=builds.find(build_id).identity.url,
        )
        outcome = builds.wait(build_id, run.abandoned)
        if run.abandoned.is_set():
            raise ActionAbandoned(f"nobody waits for the build {build_id} any more")
        if outcome.status != "SUCCEEDED":
            raise ActionFailed(outcome.reason)
        return ActionResult(outcome.exported)


def variables_of(configuration: Mapping[str, str]) -> dict[str, str]:
    """Read the ``EnvironmentVariables`` of an action: a JSON list.

    Raises
    ------
    ValueError
        It is no such list, or has a variable that is not PLAINTEXT.
    """
    text = configuration.get("EnvironmentVariables", "[]")
    try:
        listed = json.loads(text)
        found = {item["name"]: (item["value"], item.get("type", PLAINTEXT)) for item in listed}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError("EnvironmentVariables is no JSON list of name, value, type") from None
    for name, (value, kind) in found.items():
        if kind != PLAINTEXT:
            raise ValueError(f"The variable {name} is of type {kind}: only {PLAINTEXT} is here")
        if not isinstance(value, str):
            raise ValueError(f"The value of the variable {name} is no text")
    return {name: value for name, (value, _) in found.items()}


def order_of(run: ActionRun) -> PipelineOrder:
    """Return the build that an action asks for.

    Raises
    ------
    ActionFailed
        Several inputs, and none of them is named as the primary one.
    """
    declaration = run.declaration
    primary = declaration.configuration.get("PrimarySource", "")
    inputs = declaration.inputs
    if len(inputs) > 1 and primary not in inputs:
        raise ActionFailed(
            f"PrimarySource {primary or '(none)'} is no input of the action: with several inputs "
            "it names one of them",
            "ConfigurationError",
        )
    ordered = (primary, *(name for name in inputs if name != primary)) if primary else inputs
    try:
        variables = variables_of(declaration.configuration)
    except ValueError as error:  # a variable of the pipeline put something else in
        raise ActionFailed(str(error), "ConfigurationError") from error
    return PipelineOrder(
        project=declaration.configuration["ProjectName"],
        initiator=f"codepipeline/{run.pipeline}",
        inputs=tuple(_artifact(run, name) for name in ordered),
        outputs=tuple(_artifact(run, name) for name in declaration.outputs),
        variables=variables,
        source_version=run.revisions[0].revision_id if run.revisions else "",
    )


def _artifact(run: ActionRun, name: str) -> BuildArtifact:
    location = run.artifacts.location(name)
    return BuildArtifact(name, location.bucket, location.key)
