"""What actions may say, each of them and all together.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-requirements.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from slipway.local_aws.codepipeline.action import Action, ActionDeclaration, ActionType
from slipway.local_aws.codepipeline.definition.model import Declaration, Definition, Stage
from slipway.local_aws.codepipeline.definition.names import (
    APPROVAL_MINUTES,
    LAST_RUN_ORDER,
    LONGEST_CONFIGURATION_KEY,
    LONGEST_CONFIGURATION_VALUE,
    require_artifact_name,
    require_name,
    require_namespace,
    require_role,
    twice,
)
from slipway.local_aws.codepipeline.definition.variables import (
    OF_EXECUTION,
    OF_PIPELINE,
    references,
)
from slipway.local_aws.codepipeline.errors import CodePipelineError, invalid_action

_EXECUTION_VARIABLES = frozenset({"PipelineExecutionId"})
# What other kinds of actions than ours declare.
_UNSUPPORTED = ("commands", "outputVariables", "environmentVariables")


def check_actions(definition: Definition, kinds: Mapping[ActionType, Action], region: str) -> None:
    """Check every action, and what they take from each other.

    Raises
    ------
    CodePipelineError
        One is wrong, or is not carried out on this machine.
    """
    for declared in definition.declaration["stages"]:
        for action in declared["actions"]:
            _check_members(action)
    for action in definition.actions():
        _check_action(action, definition, kinds, region)
    _check_names(definition)
    for place in _places(definition):
        _check_references(definition, place)


def _check_members(declared: Declaration) -> None:
    for member in _UNSUPPORTED:
        if declared.get(member):
            raise _wrong(declared["name"], f"has {member}, which no action on this machine takes")
    if any(output.get("files") for output in declared.get("outputArtifacts") or []):
        raise _wrong(declared["name"], "has files of an output artifact: a Commands action's")


def _check_action(
    action: ActionDeclaration,
    definition: Definition,
    kinds: Mapping[ActionType, Action],
    region: str,
) -> None:
    require_name(action.name, "action")
    kind = kinds.get(action.type)
    if kind is None:
        it = action.type
        raise invalid_action(
            f"ActionType (Category: '{it.category}', Provider: '{it.provider}', "
            f"Owner: '{it.owner}', Version: '{it.version}') in action '{action.name}' is not "
            "carried out on this machine"
        )
    _check_configuration(action, kind)
    if problem := kind.problem(action.configuration):
        raise _wrong(action.name, f"is configured wrongly: {problem}")
    if not 1 <= action.run_order <= LAST_RUN_ORDER:
        raise _wrong(action.name, f"has a run order from 1 to {LAST_RUN_ORDER}")
    if action.role_arn is not None:
        require_role(action.role_arn, f"action {action.name}")
    if action.timeout_minutes is not None and (
        action.type.category != "Approval" or action.timeout_minutes not in APPROVAL_MINUTES
    ):
        raise _wrong(
            action.name, "has a timeoutInMinutes: only approvals may, from 5 to 86400 minutes"
        )
    if (action.region or region) not in definition.buckets:
        raise _wrong(action.name, f"is in {action.region}, where there is no artifact store")


def _check_configuration(action: ActionDeclaration, kind: Action) -> None:
    said = set(action.configuration)
    if missing := sorted(kind.required - said):
        raise _wrong(action.name, f"lacks in its configuration: {', '.join(missing)}")
    if unknown := sorted(said - kind.required - kind.optional):
        raise _wrong(
            action.name, f"has in its configuration what it doesn't know: {', '.join(unknown)}"
        )
    for key, value in action.configuration.items():
        if len(key) > LONGEST_CONFIGURATION_KEY:
            raise _wrong(
                action.name, f"has a key of more than {LONGEST_CONFIGURATION_KEY} characters"
            )
        if not 1 <= len(value) <= LONGEST_CONFIGURATION_VALUE:
            raise _wrong(
                action.name,
                f"has a value of {len(value)} characters for {key}: 1 to "
                f"{LONGEST_CONFIGURATION_VALUE} are allowed",
            )


def _check_names(definition: Definition) -> None:
    """Check the names that have to be unique in the pipeline: outputs and namespaces."""
    for action in definition.actions():
        for name in (*action.inputs, *action.outputs):
            require_artifact_name(name, "artifact")
        if action.namespace is not None:
            require_namespace(action.namespace, f"action {action.name}")
    outputs = [name for action in definition.actions() for name in action.outputs]
    if again := twice(outputs):
        raise invalid_action(f"The output artifact {again} is made by more than one action")
    namespaces = [action.namespace for action in definition.actions() if action.namespace]
    if again := twice((*namespaces, OF_EXECUTION, OF_PIPELINE)):
        raise invalid_action(f"The namespace {again} is used more than once")
    for name in namespaces:
        # "Namespaces must be unique across the pipeline definition and cannot conflict with any
        # artifact names."
        # https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html
        if name in outputs:
            raise invalid_action(f"The namespace {name} is the name of an artifact, too")


@dataclass(frozen=True)
class _Place:
    """An action or an entry condition, and what is there when it is reached."""

    what: str
    texts: tuple[str, ...]
    inputs: tuple[str, ...]
    artifacts: frozenset[str]
    namespaces: frozenset[str]


def _places(definition: Definition) -> Iterator[_Place]:
    artifacts, namespaces = frozenset[str](), frozenset[str]()
    for stage in definition.stages:
        yield _Place(
            f"beforeEntry of the stage {stage.name}", _texts(stage), (), artifacts, namespaces
        )
        for group in stage.run_orders():
            for action in group:
                yield _Place(
                    f"the action {action.name}",
                    tuple(action.configuration.values()),
                    action.inputs,
                    artifacts,
                    namespaces,
                )
            artifacts |= {name for action in group for name in action.outputs}
            namespaces |= {action.namespace for action in group if action.namespace}


def _texts(stage: Stage) -> tuple[str, ...]:
    rules = stage.before_entry.rules if stage.before_entry else ()
    return tuple(text for rule in rules for text in (rule.variable, rule.value))


def _check_references(definition: Definition, place: _Place) -> None:
    for name in place.inputs:
        if name not in place.artifacts:
            raise invalid_action(
                f"The input artifact {name} of {place.what} is made by no action before it"
            )
    known: dict[str, frozenset[str] | None] = {
        **dict.fromkeys(place.namespaces),
        OF_EXECUTION: _EXECUTION_VARIABLES,
        OF_PIPELINE: frozenset(definition.variables),
    }
    for text in place.texts:
        try:
            named = list(references(text))
        except ValueError as error:
            raise invalid_action(
                f"{error} in {place.what} is not a namespace and a key separated by a period"
            ) from None
        for namespace, variable in named:
            names = known.get(namespace, frozenset())
            if names is not None and variable not in names:
                raise invalid_action(
                    f"#{{{namespace}.{variable}}} in {place.what} is a variable of no action "
                    "before it, nor of the pipeline"
                )


def _wrong(action: str, what: str) -> CodePipelineError:
    return invalid_action(f"The action {action} {what}")
