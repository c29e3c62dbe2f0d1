"""Exactly what is needed crosses accounts, and both sides agree to it.

Needed is what the pipeline's own definition says, and what tasks run; granted is what the policies
of roles, keys, buckets, repositories and the trust of roles say, all references resolved.
"""

import json
from pathlib import Path

import pytest
import yaml

from policies.iam.bootstrap import READS_ARTIFACTS, BootstrapRole
from policies.iam.crossing import ALSO, STANDING, Crossings

ROOT = Path(__file__).resolve().parents[2]
DEV, OTHER, REGION = "222222222222", "999999999999", "eu-west-1"


@pytest.fixture(scope="module")
def pipeline(pipeline_assembly, iam_of):
    """An application with staging and production in accounts of their own, in two regions."""
    return Crossings(iam_of(pipeline_assembly))


def test_all_that_is_needed_crosses_accounts_and_nothing_else(pipeline):
    assert list(pipeline.findings()) == []


def test_the_same_holds_for_the_project_s_own_settings(iam):
    assert list(Crossings(iam).findings()) == []


def test_every_environment_was_looked_at(pipeline):
    roles = {need.resource for need in pipeline.needed if need.action == "sts:AssumeRole"}
    for name, account, region in (
        ("dev", DEV, REGION),
        ("staging", "333333333333", REGION),
        ("prod-eu", "444444444444", REGION),
        ("prod-us", "444444444444", "us-east-1"),
    ):
        own = f"arn:aws:iam::{account}:role"
        assert roles >= {
            f"{own}/shop-{name}-release",
            f"{own}/shop-{name}-observe",
            f"{own}/cdk-hnb659fds-deploy-role-{account}-{region}",
            f"{own}/cdk-hnb659fds-file-publishing-role-{account}-{region}",
        }
    assert len(roles) == 16
    buckets = {need.resource for need in pipeline.needed if need.action == "s3:GetObject"}
    assert len(buckets) == 2
    pulls = {need.role for need in pipeline.needed if need.action == "ecr:BatchGetImage"}
    assert len([role for role in pulls if "/tasks/" in role]) == 8


def test_what_is_tolerated_has_its_reason_and_is_never_a_way_to_change_anything():
    from policies.iam.reference import find_action

    for action, because in {**ALSO, **STANDING}.items():
        assert len(because) > 60
        assert find_action(action).only_reads


def test_what_is_said_of_the_roles_of_bootstrap_is_in_its_template():
    file = ROOT / "node_modules/aws-cdk/lib/api/bootstrap/bootstrap-template.yaml"
    resources = yaml.safe_load(file.read_text())["Resources"]
    for logical_id, kind in (("DeploymentActionRole", "deploy"), ("FilePublishingRole", "file-")):
        properties = resources[logical_id]["Properties"]
        assert f"-{kind}" in properties["RoleName"]["Fn::Sub"]
        trusted = json.dumps(properties["AssumeRolePolicyDocument"])
        assert '{"AWS": {"Ref": "TrustedAccounts"}}' in trusted
    (policy,) = resources["DeploymentActionRole"]["Properties"]["Policies"]
    elsewhere = {
        action
        for statement in policy["PolicyDocument"]["Statement"]
        if statement.get("Sid", "").startswith("PipelineCrossAccount")
        for action in statement["Action"]
    }
    assert elsewhere >= set(READS_ARTIFACTS)


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:iam::{DEV}:role/shop-dev-release",
        f"arn:aws:iam::{DEV}:role/cdk-hnb659fds-deploy-role-{OTHER}-{REGION}",
        f"arn:aws:iam::{DEV}:role/cdk-hnb659fds-cfn-exec-role-{DEV}-{REGION}",
    ],
)
def test_no_other_role_counts_as_one_of_bootstrap(arn):
    assert BootstrapRole.of(arn) is None
