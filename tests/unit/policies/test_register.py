"""What answers to a finding, and what an acknowledgement must be."""

import pytest

from policies.register import Acknowledgement, Finding, judge, rule_of

STACKS = {"Dev/Network", "Registry"}
REASON = "This bucket is where access logs end, and logging them again would never end at all."
BUCKET = "Dev/Network/AccessLogs/Bucket"


def finding(path: str = f"{BUCKET}/Resource", rule: str = "CKV_AWS_18") -> Finding:
    return Finding("checkov", f"Checkov::{rule}", path, "no logs")


def acknowledged(path: str = BUCKET, rule: str = "CKV_AWS_18", reason: str = REASON):
    return Acknowledgement(f"Checkov::{rule}", path, reason)


def test_a_finding_that_nothing_answers_to_is_open() -> None:
    judgement = judge([finding()], [], STACKS)
    assert judgement.open == [finding()]
    assert not judgement.holds


def test_an_acknowledgement_answers_for_what_is_below_it() -> None:
    judgement = judge([finding()], [acknowledged()], STACKS)
    assert judgement.acknowledged == {finding(): acknowledged()}
    assert judgement.holds


@pytest.mark.parametrize(
    "other",
    [
        acknowledged(rule="CKV_AWS_21"),
        acknowledged(path="Dev/Network/AccessLogs/Buck"),
        acknowledged(path=f"{BUCKET}/Resource/Deeper"),
        acknowledged(path="Prod/Network/AccessLogs/Bucket"),
    ],
)
def test_an_acknowledgement_of_something_else_answers_to_nothing(other: Acknowledgement) -> None:
    judgement = judge([finding()], [other], STACKS)
    assert judgement.open == [finding()]
    assert judgement.stale == [other]


def test_an_acknowledgement_that_no_finding_needs_is_stale() -> None:
    judgement = judge([], [acknowledged()], STACKS)
    assert judgement.stale == [acknowledged()]
    assert not judgement.holds


def test_the_nearest_acknowledgement_answers_and_one_around_it_goes_stale() -> None:
    near, around = acknowledged(path=f"{BUCKET}/Resource"), acknowledged()
    judgement = judge([finding()], [near, around], STACKS)
    assert judgement.acknowledged == {finding(): near}
    assert judgement.stale == [around]


def test_one_acknowledgement_answers_all_checkers_that_share_a_rule() -> None:
    """The library's validator has cfn-lint's rules."""
    both = [
        Finding(checker, "CloudFormation-Validate::W3010", f"{BUCKET}/Resource")
        for checker in ("cfn-lint", "CloudFormation Validate")
    ]
    one = Acknowledgement("CloudFormation-Validate::W3010", BUCKET, REASON)
    judgement = judge(both, [one], STACKS)
    assert judgement.holds
    assert len(judgement.acknowledged) == 2


@pytest.mark.parametrize(
    ("wrong", "flaw"),
    [
        (acknowledged(path="Dev/Network"), "whole stack"),
        (acknowledged(path="Dev"), "whole stack"),
        (acknowledged(path="Registry"), "whole stack"),
        (acknowledged(reason=""), "no reason"),
        (acknowledged(reason="Accepted risk."), "no reason"),
        (Acknowledgement("CKV_AWS_18", BUCKET, REASON), "name its checker"),
    ],
)
def test_an_acknowledgement_that_no_auditor_could_judge_is_flawed(
    wrong: Acknowledgement, flaw: str
) -> None:
    judgement = judge([finding()], [wrong], STACKS)
    assert [each for each, _ in judgement.flawed] == [wrong]
    assert flaw in judgement.flawed[0][1]
    assert not judgement.holds


def test_two_reasons_for_the_same_finding_are_one_too_many() -> None:
    judgement = judge([finding()], [acknowledged(), acknowledged(reason=f"{REASON} No.")], STACKS)
    assert ["two reasons" in flaw for _, flaw in judgement.flawed] == [True]


def test_a_rule_is_known_without_what_its_finding_is_about() -> None:
    resource = "[Resource::arn:aws:s3:::bucket/*]"
    assert rule_of(f"AwsSolutions::AwsSolutions-IAM5{resource}") == "AwsSolutions-IAM5"
    assert rule_of("Checkov::CKV_AWS_18") == "CKV_AWS_18"
