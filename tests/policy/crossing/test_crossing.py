"""The walk of what crosses accounts: it tells each grant that is missing, and each too much."""

from copy import deepcopy
from pathlib import Path

import pytest
import yaml

from policies.iam.crossing import Crossings
from policies.iam.errors import UnreadableError
from policies.iam.templates import Assembly, Stack

TEMPLATES = Path(__file__).with_name("small.yaml")
TOOLING, DEV, OTHER, REGION = "111111111111", "222222222222", "999999999999", "eu-west-1"
ACCOUNTS = {"toolchain": TOOLING, "registry": TOOLING, "access": DEV, "web": DEV}
ARTIFACTS = "arn:aws:s3:::shop-pipeline-artifacts"
REPOSITORY = f"arn:aws:ecr:{REGION}:{TOOLING}:repository/shop/web"
RELEASE = f"arn:aws:iam::{DEV}:role/shop-dev-release"
OBSERVE = f"arn:aws:iam::{DEV}:role/shop-dev-observe"


def templates():
    return yaml.safe_load(TEMPLATES.read_text())


def may(action, resource):
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def allow(who, action, resource):
    return {"Principal": {"AWS": who}, **may(action, resource)}


def trust(name, account):
    return {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Condition": {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{account}:role/{name}"}},
    }


def findings(found):
    return list(
        Crossings(
            Assembly.of(
                Stack(f"shop-{name}", ACCOUNTS[name], REGION, template)
                for name, template in found.items()
            )
        ).findings()
    )


def at(template, path):
    """What a path leads to, in a template."""
    for key in path:
        template = template[key]
    return template


def test_what_is_needed_and_no_more_passes():
    assert findings(templates()) == []


STATEMENTS = {
    "the pipeline's policy": ("toolchain", "Role", "Policies", 0, "PolicyDocument"),
    "the project's policy": ("toolchain", "Releases", "Policies", 0, "PolicyDocument"),
    "the bucket's policy": ("toolchain", "BucketPolicy", "PolicyDocument"),
    "the key's policy": ("toolchain", "Key", "KeyPolicy"),
    "the release role's policy": ("access", "Release", "Policies", 0, "PolicyDocument"),
    "the release role's trust": ("access", "Release", "AssumeRolePolicyDocument"),
    "the observe role's trust": ("access", "Observe", "AssumeRolePolicyDocument"),
    "the execution role's policy": ("web", "Execution", "Policies", 0, "PolicyDocument"),
    "the repository's policy": ("registry", "Repository", "RepositoryPolicyText"),
}


def grants():
    """Every action of every statement that something needs to cross accounts."""
    found = templates()
    for who, (stack, logical_id, *rest) in STATEMENTS.items():
        path = (stack, "Resources", logical_id, "Properties", *rest, "Statement")
        for number, statement in enumerate(at(found, path)):
            actions = statement["Action"]
            for action in actions if isinstance(actions, list) else [actions]:
                yield pytest.param((*path, number), action, id=f"{who}: {action}")


@pytest.mark.parametrize(("path", "action"), list(grants()))
def test_each_grant_that_is_missing_is_told(path, action):
    found = templates()
    statement = at(found, path)
    actions = statement["Action"]
    left = [each for each in actions if each != action] if isinstance(actions, list) else []
    statement["Action"] = left or "sns:Publish"
    told = [line for line in findings(found) if f"needs {action}" in line]
    assert told


@pytest.mark.parametrize(
    ("path", "statement", "told"),
    [
        (
            STATEMENTS["the pipeline's policy"],
            may(
                "sts:AssumeRole",
                f"arn:aws:iam::{DEV}:role/cdk-hnb659fds-deploy-role-{DEV}-{REGION}",
            ),
            "nothing needs it",
        ),
        (
            STATEMENTS["the pipeline's policy"],
            may("sts:AssumeRole", f"arn:aws:iam::{OTHER}:role/admin"),
            "nothing needs it",
        ),
        (
            STATEMENTS["the project's policy"],
            may("sts:AssumeRole", RELEASE),
            "shop-pipeline-releases is allowed sts:AssumeRole",
        ),
        (
            STATEMENTS["the release role's policy"],
            may("s3:PutObject", f"{ARTIFACTS}/*"),
            "is allowed s3:PutObject",
        ),
        (
            STATEMENTS["the execution role's policy"],
            may("ecr:PutImage", REPOSITORY),
            "is allowed ecr:PutImage",
        ),
        (
            STATEMENTS["the bucket's policy"],
            allow(RELEASE, "s3:PutObject", f"{ARTIFACTS}/*"),
            "admits arn:aws:iam::222222222222:role/shop-dev-release to s3:PutObject",
        ),
        (
            STATEMENTS["the bucket's policy"],
            allow(RELEASE, "s3:GetObject*", f"{ARTIFACTS}/*"),
            "of it s3:GetObjectAcl",
        ),
        (
            STATEMENTS["the bucket's policy"],
            allow(f"arn:aws:iam::{OTHER}:role/reader", "s3:GetObject", f"{ARTIFACTS}/*"),
            "role/reader to s3:GetObject",
        ),
        (
            STATEMENTS["the bucket's policy"],
            allow(f"arn:aws:iam::{OTHER}:root", "s3:GetObject", f"{ARTIFACTS}/*"),
            "admits nobody of these templates to s3:GetObject",
        ),
        (
            STATEMENTS["the key's policy"],
            allow(OBSERVE, "kms:Decrypt", "*"),
            "role/shop-dev-observe to kms:Decrypt",
        ),
        (
            STATEMENTS["the key's policy"],
            allow(OTHER, "kms:CreateGrant", "*"),
            "to kms:CreateGrant",
        ),
        (
            STATEMENTS["the release role's trust"],
            trust("shop-pipeline-images", TOOLING),
            "role/shop-pipeline-images to sts:AssumeRole",
        ),
        (
            STATEMENTS["the observe role's trust"],
            trust("shop-pipeline", OTHER),
            "arn:aws:iam::999999999999:role/shop-pipeline to sts:AssumeRole",
        ),
        (
            STATEMENTS["the repository's policy"],
            {
                "Effect": "Allow",
                "Action": "ecr:BatchGetImage",
                "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
            },
            "admits nobody of these templates to ecr:BatchGetImage",
        ),
    ],
)
def test_each_grant_that_is_too_much_is_told(path, statement, told):
    found = templates()
    stack, logical_id, *rest = path
    statements = at(found, (stack, "Resources", logical_id, "Properties", *rest, "Statement"))
    statements.append({"Effect": "Allow"} | deepcopy(statement))
    assert any(told in line for line in findings(found)), findings(found)


def test_a_pipeline_that_releases_nothing_needs_none_of_it():
    """What was needed yesterday is too much today."""
    found = templates()
    at(found, ("toolchain", "Resources", "Pipeline", "Properties"))["Stages"] = []
    told = findings(found)
    for who in ("shop-dev-release is allowed s3:GetObject", "shop-pipeline is allowed sts:Assume"):
        assert any(who in line for line in told)
    for place in ("BucketPolicy", "Key", "Release", "Observe"):
        assert any(f"/{place}: admits" in line for line in told), told


def test_an_environment_of_another_account_is_let_in_by_nobody_s_oversight():
    """A role of the same name in another account is somebody else's."""
    found = templates()
    release = at(found, ("toolchain", "Resources", "Pipeline", "Properties", "Stages", 0))
    release["Actions"][1]["RoleArn"] = RELEASE.replace(DEV, OTHER)
    told = findings(found)
    assert any("doesn't admit it" in line and OTHER in line for line in told)
    assert any("its policies don't allow it" in line and OTHER in line for line in told)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"Region": "us-east-1"}, "keeps no artifacts in us-east-1"),
        ({"Configuration": {"ProjectName": "nothing", "EnvironmentVariables": "[]"}}, ""),
    ],
)
def test_a_definition_that_names_what_isn_t_there_is_no_finding_but_an_error(change, told):
    found = templates()
    stage = at(found, ("toolchain", "Resources", "Pipeline", "Properties", "Stages", 0))
    if told:
        stage["Actions"][0] |= change
    else:
        stage["Name"] = "Assets"
        stage["Actions"][0] |= change
        told = "there is no project nothing"
    with pytest.raises(UnreadableError, match=told):
        findings(found)
