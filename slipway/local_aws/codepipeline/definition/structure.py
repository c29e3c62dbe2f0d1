"""Reads a declaration: what is wrong, or can't be carried out here, is refused, never skipped.

https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-pipeline-structure.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slipway.local_aws.codepipeline.action import Action, ActionType
from slipway.local_aws.codepipeline.definition.action_rules import check_actions
from slipway.local_aws.codepipeline.definition.model import (
    FAIL,
    QUEUED,
    RETRY,
    ROLLBACK,
    SKIP,
    SUPERSEDED,
    Bucket,
    Declaration,
    Definition,
    stage_of,
)
from slipway.local_aws.codepipeline.definition.names import (
    LONGEST_RULE_VALUE,
    LONGEST_VARIABLE_VALUE,
    MOST_ACTIONS,
    MOST_ACTIONS_IN_STAGE,
    MOST_STAGES,
    MOST_VARIABLES,
    require_bucket,
    require_name,
    require_role,
    require_variable_name,
    twice,
)
from slipway.local_aws.codepipeline.definition.trigger_rules import check_triggers
from slipway.local_aws.codepipeline.errors import invalid_stage, invalid_structure
from slipway.local_aws.codepipeline.executions.conditions import OPERATORS

_RULE_KEYS = {"Variable", "Value", "Operator"}
_ENTRY_RESULTS = (FAIL, SKIP)
_FAILURE_RESULTS = (ROLLBACK, RETRY)


def read(
    declaration: Declaration, kinds: Mapping[ActionType, Action], region: str, version: int = 1
) -> Definition:
    """Return the definition that a declaration stands for.

    Parameters
    ----------
    kinds
        The actions that can be carried out.
    region
        The pipeline's.

    Raises
    ------
    CodePipelineError
        It is wrong, or asks for what is not carried out on this machine.
    """
    require_name(declaration["name"], "pipeline")
    require_role(declaration["roleArn"], "pipeline")
    mode = _mode(declaration)
    _check_stages(declaration["stages"])
    definition = Definition(
        name=declaration["name"],
        role_arn=declaration["roleArn"],
        stages=tuple(stage_of(stage) for stage in declaration["stages"]),
        buckets=_buckets(declaration, region),
        mode=mode,
        variables=_variables(declaration),
        triggers=tuple(declaration.get("triggers") or ()),
        declaration={**declaration, "executionMode": mode, "version": version},
        version=version,
    )
    check_actions(definition, kinds, region)
    check_triggers(definition)
    return definition


def _mode(declaration: Declaration) -> str:
    if declaration.get("pipelineType") != "V2":
        raise invalid_structure(
            "Only pipelines of type V2 are carried out on this machine: set pipelineType to V2"
        )
    mode: str = declaration.get("executionMode") or SUPERSEDED
    if mode not in (QUEUED, SUPERSEDED):
        raise invalid_structure(f"The execution mode {mode} is not carried out on this machine")
    return mode


def _buckets(declaration: Declaration, region: str) -> dict[str, Bucket]:
    one, several = declaration.get("artifactStore"), declaration.get("artifactStores")
    if (one is None) == (several is None):
        raise invalid_structure(
            "A pipeline has either an artifactStore or artifactStores, and not both"
        )
    stores: Mapping[str, Any] = {region: one} if several is None else several
    for store in stores.values():
        if store.get("type") != "S3":
            raise invalid_structure("The type of an artifact store is S3")
        require_bucket(store["location"])
    if region not in stores:
        raise invalid_structure(f"There is no artifact store for the pipeline's region {region}")
    return {
        name: Bucket(store["location"], (store.get("encryptionKey") or {}).get("id"))
        for name, store in stores.items()
    }


def _variables(declaration: Declaration) -> dict[str, str | None]:
    declared = declaration.get("variables") or []
    if len(declared) > MOST_VARIABLES:
        raise invalid_structure(f"A pipeline has at most {MOST_VARIABLES} variables")
    for variable in declared:
        require_variable_name(variable["name"])
        default = variable.get("defaultValue")
        if default is not None and not 1 <= len(default) <= LONGEST_VARIABLE_VALUE:
            raise invalid_structure(
                f"The default value of the variable {variable['name']} has 1 to "
                f"{LONGEST_VARIABLE_VALUE} characters"
            )
    if name := twice(variable["name"] for variable in declared):
        raise invalid_structure(f"The variable {name} is declared more than once")
    return {variable["name"]: variable.get("defaultValue") for variable in declared}


def _check_stages(stages: list[Declaration]) -> None:
    if not 2 <= len(stages) <= MOST_STAGES:
        raise invalid_structure(f"A pipeline has 2 to {MOST_STAGES} stages, not {len(stages)}")
    for stage in stages:
        require_name(stage["name"], "stage")
        _check_stage(stage)
    if name := twice(stage["name"] for stage in stages):
        raise invalid_structure(f"The stage name {name} is used more than once")
    if sum(len(stage["actions"]) for stage in stages) > MOST_ACTIONS:
        raise invalid_structure(f"A pipeline has at most {MOST_ACTIONS} actions")
    for position, stage in enumerate(stages):
        categories = {action["actionTypeId"]["category"] for action in stage["actions"]}
        if position == 0 and categories != {"Source"}:
            raise invalid_structure("The first stage has source actions, and no others")
        if position > 0 and "Source" in categories:
            raise invalid_structure(
                f"The stage {stage['name']} has a source action: only the first stage may"
            )


def _check_stage(stage: Declaration) -> None:
    name = stage["name"]
    if not 1 <= len(stage["actions"]) <= MOST_ACTIONS_IN_STAGE:
        raise invalid_stage(f"The stage {name} has 1 to {MOST_ACTIONS_IN_STAGE} actions")
    if action := twice(action["name"] for action in stage["actions"]):
        raise invalid_stage(f"The action name {action} is used more than once in the stage {name}")
    for unsupported in ("blockers", "onSuccess"):
        if stage.get(unsupported):
            raise invalid_stage(
                f"{unsupported} of the stage {name} is not carried out on this machine"
            )
    if stage.get("beforeEntry"):
        _check_condition(name, stage["beforeEntry"].get("conditions") or [])
    if stage.get("onFailure"):
        _check_failure(name, stage["onFailure"])


def _check_failure(stage: str, failure: Declaration) -> None:
    if failure.get("conditions"):
        raise invalid_stage(
            f"Conditions in onFailure of the stage {stage} are not carried out on this machine"
        )
    result = failure.get("result")
    if result not in _FAILURE_RESULTS:
        raise invalid_stage(f"onFailure of the stage {stage} has the result ROLLBACK or RETRY")
    if failure.get("retryConfiguration") and result != RETRY:
        raise invalid_stage(f"The stage {stage} has a retryConfiguration without a RETRY")


def _check_condition(stage: str, conditions: list[Declaration]) -> None:
    if len(conditions) != 1 or not 1 <= len(conditions[0].get("rules") or []) <= 5:
        raise invalid_stage(f"beforeEntry of the stage {stage} has one condition of 1 to 5 rules")
    [condition] = conditions
    if condition.get("result", FAIL) not in _ENTRY_RESULTS:
        raise invalid_stage(f"The condition before the stage {stage} has the result FAIL or SKIP")
    if name := twice(rule["name"] for rule in condition["rules"]):
        raise invalid_stage(f"The rule name {name} is used more than once in the stage {stage}")
    for rule in condition["rules"]:
        require_name(rule["name"], "rule")
        _check_rule(f"The rule {rule['name']} of the stage {stage}", rule)


def _check_rule(what: str, rule: Declaration) -> None:
    kind = rule["ruleTypeId"]
    known = {"category": "Rule", "owner": "AWS", "provider": "VariableCheck", "version": "1"}
    if kind != known:
        raise invalid_stage(
            f"{what} is not carried out on this machine: only VariableCheck, owner AWS, version 1, "
            f"is, not {kind.get('provider')}, {kind.get('owner')}, {kind.get('version')}"
        )
    for unsupported in ("commands", "inputArtifacts", "timeoutInMinutes"):
        if rule.get(unsupported):
            raise invalid_stage(f"{what} has {unsupported}, which a VariableCheck doesn't take")
    said = rule.get("configuration") or {}
    if set(said) != _RULE_KEYS:
        raise invalid_stage(f"{what} is configured by Variable, Operator and Value, nothing else")
    if not all(1 <= len(value) <= LONGEST_RULE_VALUE for value in said.values()):
        raise invalid_stage(f"{what} has values of 1 to {LONGEST_RULE_VALUE} characters")
    if said["Operator"] not in OPERATORS:
        raise invalid_stage(f"{what} has an Operator out of {', '.join(OPERATORS)}")
    if said["Operator"] == "MATCHES":
        try:
            re.compile(said["Value"])
        except re.error as error:
            raise invalid_stage(f"{what} has an expression that can't be read: {error}") from None
