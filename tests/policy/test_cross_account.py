"""Exactly what is needed crosses accounts, and both sides agree to it.

Needed is what the pipeline's own definition says, and what tasks run; granted is what the policies
of roles, keys, buckets, repositories and the trust of roles say, all references resolved.
"""

import json
from copy import deepcopy
from pathlib import Path

import pytest
import yaml

from policies.iam.bootstrap import READS_ARTIFACTS, BootstrapRole
from policies.iam.crossing import ALSO, STANDING, Crossings
from policies.iam.errors import UnreadableError
from policies.iam.templates import Assembly, Stack

ROOT = Path(__file__).resolve().parents[2]
TOOLING, DEV, OTHER, REGION = "111111111111", "222222222222", "999999999999", "eu-west-1"
ARTIFACTS = "arn:aws:s3:::shop-pipeline-artifacts"
REPOSITORY = f"arn:aws:ecr:{REGION}:{TOOLING}:repository/shop/web"


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


# A pipeline that takes a role to release with, and a task that pulls an image.


def role(name, trust, *statements, tags=()):
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": name,
            "AssumeRolePolicyDocument": {
                "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", **trust}]
            },
            "Policies": [
                {
                    "PolicyName": "Permissions",
                    "PolicyDocument": {"Statement": [{"Effect": "Allow"} | s for s in statements]},
                }
            ],
            "Tags": list(tags),
        },
    }


def service(name):
    return {"Principal": {"Service": f"{name}.amazonaws.com"}}


def by_name(name, account=TOOLING):
    return {
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Condition": {
            "ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{account}:role/{name}"},
        },
    }


def marked(environment, service_name, **resources):
    tags = [
        {"Key": f"slipway:{key}", "Value": value}
        for key, value in (
            ("application", "shop"),
            ("environment", environment),
            ("service", service_name),
        )
    ]
    mark = {"Type": "AWS::SNS::Topic", "Properties": {"Tags": tags}}
    return {"Resources": {"Mark": mark, **resources}}


def may(action, resource, **condition):
    return {"Action": action, "Resource": resource, **condition}


def allow(who, action, resource):
    return {"Effect": "Allow", "Principal": {"AWS": who}, "Action": action, "Resource": resource}


IMAGE = f"{TOOLING}.dkr.ecr.{REGION}.amazonaws.com/shop/web@sha256:{'1' * 64}"
RELEASE = f"arn:aws:iam::{DEV}:role/shop-dev-release"
OBSERVE = f"arn:aws:iam::{DEV}:role/shop-dev-observe"
PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
WEB = [
    {"Key": "slipway:application", "Value": "shop"},
    {"Key": "slipway:service", "Value": "web"},
]


def templates():
    read = ["s3:GetObject", "s3:GetObjectVersion"]
    by_alias = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/shop/pipeline"}}
    step = [{"name": "STEP", "value": "render --environment dev"}]
    actions = [
        {
            "Name": "Render",
            "ActionTypeId": {"Provider": "CodeBuild"},
            "Configuration": {
                "ProjectName": {"Ref": "Project"},
                "EnvironmentVariables": json.dumps(step),
            },
        },
        {
            "Name": "Release",
            "ActionTypeId": {"Provider": "CodeDeployToECS"},
            "RoleArn": RELEASE,
            "InputArtifacts": [{"Name": "Rendered"}],
        },
    ]
    store = {
        "Location": {"Ref": "Bucket"},
        "EncryptionKey": {"Id": {"Fn::GetAtt": ["Key", "Arn"]}},
    }
    toolchain = marked(
        "tooling",
        "all",
        Pipeline={
            "Type": "AWS::CodePipeline::Pipeline",
            "Properties": {
                "Name": "shop-pipeline",
                "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                "ArtifactStore": store,
                "Stages": [{"Name": "Dev", "Actions": actions}],
            },
        },
        Role=role("shop-pipeline", service("codepipeline"), may("sts:AssumeRole", RELEASE)),
        Project={
            "Type": "AWS::CodeBuild::Project",
            "Properties": {
                "Name": "shop-pipeline-releases",
                "ServiceRole": {"Fn::GetAtt": ["Releases", "Arn"]},
            },
        },
        Releases=role(
            "shop-pipeline-releases", service("codebuild"), may("sts:AssumeRole", OBSERVE)
        ),
        Bucket={
            "Type": "AWS::S3::Bucket",
            "Properties": {"BucketName": ARTIFACTS.rpartition(":")[2]},
        },
        BucketPolicy={
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {
                "Bucket": {"Ref": "Bucket"},
                "PolicyDocument": {"Statement": [allow(RELEASE, read, f"{ARTIFACTS}/*")]},
            },
        },
        Key={
            "Type": "AWS::KMS::Key",
            "Properties": {"KeyPolicy": {"Statement": [allow(RELEASE, ["kms:Decrypt"], "*")]}},
        },
        Alias={
            "Type": "AWS::KMS::Alias",
            "Properties": {
                "AliasName": "alias/shop/pipeline",
                "TargetKeyId": {"Fn::GetAtt": ["Key", "Arn"]},
            },
        },
    )
    access = marked(
        "dev",
        "all",
        Release=role(
            "shop-dev-release",
            by_name("shop-pipeline"),
            may(read, f"{ARTIFACTS}/*"),
            may("kms:Decrypt", f"arn:aws:kms:{REGION}:{TOOLING}:key/*", Condition=by_alias),
        ),
        Observe=role("shop-dev-observe", by_name("shop-pipeline-releases")),
    )
    web = marked(
        "dev",
        "web",
        Execution=role("shop-dev-web", service("ecs-tasks"), may(PULL, REPOSITORY), tags=WEB),
        Task={
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {
                "ExecutionRoleArn": {"Fn::GetAtt": ["Execution", "Arn"]},
                "ContainerDefinitions": [{"Image": IMAGE}],
            },
        },
    )
    pull = allow(f"arn:aws:iam::{DEV}:root", PULL, "*") | {
        "Condition": {
            "StringEquals": {f"aws:PrincipalTag/{tag['Key']}": tag["Value"] for tag in WEB}
        }
    }
    del pull["Resource"]
    registry = marked(
        "tooling",
        "all",
        Repository={
            "Type": "AWS::ECR::Repository",
            "Properties": {
                "RepositoryName": "shop/web",
                "RepositoryPolicyText": {"Statement": [pull]},
            },
        },
    )
    return {"toolchain": toolchain, "access": access, "web": web, "registry": registry}


def findings(found):
    accounts = {"toolchain": TOOLING, "registry": TOOLING}
    return list(
        Crossings(
            Assembly.of(
                Stack(f"shop-{name}", accounts.get(name, DEV), REGION, template)
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


@pytest.mark.parametrize(("path", "action"), grants())
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
            {"Effect": "Allow", "Action": "sts:AssumeRole", **by_name("shop-pipeline-images")},
            "role/shop-pipeline-images to sts:AssumeRole",
        ),
        (
            STATEMENTS["the observe role's trust"],
            {"Effect": "Allow", "Action": "sts:AssumeRole", **by_name("shop-pipeline", OTHER)},
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
