"""Conditions of a stage: rules that look at variables.

https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-conditions.html
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from slipway.local_aws.codepipeline.definition.model import Condition, Rule
from slipway.local_aws.codepipeline.definition.variables import (
    UnknownVariableError,
    Values,
    resolve,
)

# AWS says that MATCHES takes Java's regular expressions. What the two languages share is what
# tests of names and versions use; an expression that Python can't read is refused beforehand.
OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "EQ": lambda variable, value: variable == value,
    "NE": lambda variable, value: variable != value,
    "CONTAINS": lambda variable, value: value in variable,
    "MATCHES": lambda variable, value: re.fullmatch(value, variable) is not None,
}


@dataclass(frozen=True)
class RuleRun:
    """How a rule was evaluated."""

    rule: Rule
    status: str
    """``Succeeded`` or ``Failed``."""
    summary: str
    variable: str = ""
    """What the variable was worth."""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    at: float = field(default_factory=time.time)


@dataclass(frozen=True)
class ConditionRun:
    """How a condition was evaluated."""

    condition: Condition
    status: str
    """``Succeeded``, ``Failed``, or ``Errored``: a variable has no value."""
    summary: str
    rules: tuple[RuleRun, ...]
    at: float = field(default_factory=time.time)


def evaluate(condition: Condition, values: Values) -> ConditionRun:
    """Look whether all rules hold.

    Undocumented: our reading is that a variable without a value is an error of the condition, and
    fails the stage whatever the condition's result: a stage is never skipped by mistake.
    """
    runs, errored = [], False
    for rule in condition.rules:
        try:
            runs.append(_evaluate(rule, values))
        except UnknownVariableError as unknown:
            errored = True
            runs.append(RuleRun(rule, "Failed", f"The variable {unknown} could not be resolved."))
    bad = [run for run in runs if run.status == "Failed"]
    status = "Errored" if errored else "Failed" if bad else "Succeeded"
    summary = " ".join(run.summary for run in bad) or "All rules of the condition hold."
    return ConditionRun(condition, status, summary, tuple(runs))


def _evaluate(rule: Rule, values: Values) -> RuleRun:
    variable, value = resolve(rule.variable, values), resolve(rule.value, values)
    holds = OPERATORS[rule.operator](variable, value)
    words = f"{rule.name}: {variable!r} {rule.operator} {value!r}"
    return RuleRun(
        rule,
        "Succeeded" if holds else "Failed",
        f"{words} holds." if holds else f"{words} does not hold.",
        variable,
    )
