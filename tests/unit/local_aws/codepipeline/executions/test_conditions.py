"""Rules of a condition look at variables; all of them have to hold."""

import pytest

from slipway.local_aws.codepipeline.definition.model import Condition, Rule
from slipway.local_aws.codepipeline.executions.conditions import evaluate

VALUES = {"Render": {"RELEASE": "true", "TAG": "v1.20.3"}}


def condition(*rules):
    named = (Rule(f"rule-{number}", *said) for number, said in enumerate(rules))
    return Condition("SKIP", tuple(named))


@pytest.mark.parametrize(
    ("variable", "operator", "value", "status"),
    [
        ("#{Render.RELEASE}", "EQ", "true", "Succeeded"),
        ("#{Render.RELEASE}", "EQ", "True", "Failed"),
        ("#{Render.RELEASE}", "NE", "false", "Succeeded"),
        ("#{Render.RELEASE}", "NE", "true", "Failed"),
        ("#{Render.TAG}", "CONTAINS", ".20.", "Succeeded"),
        ("#{Render.TAG}", "CONTAINS", "v2", "Failed"),
        ("#{Render.TAG}", "MATCHES", r"v1\.\d+\.\d+", "Succeeded"),
        ("#{Render.TAG}", "MATCHES", r"v1\.\d+", "Failed"),
        ("a #{Render.RELEASE} word", "EQ", "a true word", "Succeeded"),
    ],
)
def test_operators_compare_as_documented(variable, operator, value, status):
    assert evaluate(condition((variable, operator, value)), VALUES).status == status


def test_all_rules_have_to_hold_and_the_summary_names_those_that_do_not():
    run = evaluate(
        condition(("#{Render.RELEASE}", "EQ", "true"), ("#{Render.TAG}", "EQ", "v2")), VALUES
    )
    assert run.status == "Failed"
    assert [rule.status for rule in run.rules] == ["Succeeded", "Failed"]
    assert run.summary == "rule-1: 'v1.20.3' EQ 'v2' does not hold."


def test_a_variable_without_a_value_is_an_error_not_a_reason_to_skip():
    run = evaluate(condition(("#{Render.OTHER}", "EQ", "true")), VALUES)
    assert run.status == "Errored"
    assert "#{Render.OTHER}" in run.summary
