"""The checkers that read templates, run for real on templates that have findings."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from policies import cfn_lint, run_checkov
from policies.assembly import StackTemplate
from policies.errors import PoliciesError
from policies.templates import WRONG, Copies

# A role that a function refers to, and depends on besides: W3005.
REDUNDANT = {
    "Resources": {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}},
        },
        "Group": {
            "Type": "AWS::IAM::InstanceProfile",
            "Properties": {"Roles": [{"Ref": "Role"}]},
            "DependsOn": ["Role"],
        },
    }
}


@pytest.fixture
def copies(tmp_path: Path) -> Copies:
    file, wrong = tmp_path / "cluster.template.json", tmp_path / "wrong.template.json"
    file.write_text(json.dumps(REDUNDANT))
    wrong.write_text(json.dumps(WRONG))
    paths = {"Group": "Dev/Cluster/Ec2/Profile"}
    return Copies({file: StackTemplate("Dev/Cluster", file, "eu-west-1", paths)}, wrong)


def test_cfn_lint_names_the_construct_that_breaks_a_rule(copies: Copies, tmp_path: Path) -> None:
    found = cfn_lint.lint(list(copies.stacks), copies, tmp_path)
    (finding,) = (each for each in found if each.rule == "W3005")
    assert finding.path == "Dev/Cluster/Ec2/Profile"
    # Of the template that is wrong, nothing comes out.
    assert all(each.path.startswith("Dev/Cluster") for each in found)


def test_cfn_lint_that_finds_nothing_wrong_has_not_checked(copies: Copies, tmp_path: Path) -> None:
    right: dict[str, Any] = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
    copies.wrong.write_text(json.dumps(right))
    with pytest.raises(PoliciesError, match="finds nothing wrong"):
        cfn_lint.lint(list(copies.stacks), copies, tmp_path)


def test_a_checkov_that_does_not_run_is_an_error(copies: Copies, tmp_path: Path) -> None:
    with pytest.raises(PoliciesError, match="checkov failed with exit code"):
        # Our own environment has no checkov.
        run_checkov.check(Path(sys.executable), copies, tmp_path)


def test_every_template_is_in_one_share_with_others_of_its_region(tmp_path: Path) -> None:
    stacks = {}
    for size, region in ((9, "eu-west-1"), (5, "eu-west-1"), (4, "eu-west-1"), (3, "us-east-1")):
        file = tmp_path / f"{size}.json"
        file.write_text(" " * size)
        stacks[file] = StackTemplate(file.stem, file, region, {})
    shares = cfn_lint.shares(Copies(stacks, tmp_path / "wrong"), 2)
    assert sorted(sorted(file.stem for file in share) for share in shares) == [
        ["3"],
        ["4", "5"],
        ["9"],
    ]
