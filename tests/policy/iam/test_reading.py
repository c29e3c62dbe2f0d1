"""The walk finds every statement, as the ARNs that it means, or says what it can't read."""

import pytest

from policies.iam.errors import UnreadableError
from policies.iam.patterns import matches, overlap
from policies.iam.reach import Reach
from policies.iam.statements import statements as read
from policies.iam.templates import Assembly, Stack

DENY = {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Principal": "*"}


def test_every_kind_of_place_is_found(statements):
    found = {(each.kind, each.type) for each in statements}
    assert found >= {
        ("trust", "AWS::IAM::Role"),
        ("resource", "AWS::KMS::Key"),
        ("resource", "AWS::S3::BucketPolicy"),
        ("resource", "AWS::SNS::TopicPolicy"),
        ("resource", "AWS::SQS::QueuePolicy"),
        ("resource", "AWS::ECR::Repository"),
        ("resource", "AWS::EC2::VPCEndpoint"),
    }
    assert len([each for each in statements if each.kind == "identity"]) > 100


def test_as_many_statements_are_found_as_a_search_for_effects_finds(iam, statements):
    def effects(value):
        if isinstance(value, dict):
            yield from ["Effect"] * ("Effect" in value)
            for each in value.values():
                yield from effects(each)
        elif isinstance(value, list):
            for each in value:
                yield from effects(each)

    written = sum(len(list(effects(dict(stack.template)))) for stack in iam.stacks)
    assert len(statements) == written > 100


def test_statements_speak_of_real_arns(statements):
    (statement,) = [
        each
        for each in statements
        if each.owner.environment == "dev"
        and each.owner.service == "storefront"
        and "secretsmanager:GetSecretValue" in each.actions
    ]
    assert all(
        matches(
            "arn:aws:secretsmanager:eu-west-1:222222222222:secret:shop/dev/storefront/session-*",
            resource,
        )
        for resource in statement.resources
    )


def test_references_are_resolved_across_stacks():
    exporting = Stack(
        "shop-dev-cluster",
        "222222222222",
        "eu-west-1",
        {
            "Resources": {
                "Cluster": {
                    "Type": "AWS::ECS::Cluster",
                    "Properties": {"ClusterName": "shop-dev"},
                },
                "Key": {"Type": "AWS::KMS::Key", "Properties": {}},
            },
            "Outputs": {
                "Arn": {
                    "Value": {"Fn::GetAtt": ["Cluster", "Arn"]},
                    "Export": {"Name": {"Fn::Sub": "${AWS::StackName}:Arn"}},
                }
            },
        },
    )
    importing = Stack("shop-dev-web", "222222222222", "eu-west-1", {"Resources": {}})
    assembly = Assembly.of([exporting, importing])
    arn = "arn:aws:ecs:eu-west-1:222222222222:cluster/shop-dev"
    for value, text in (
        ({"Fn::ImportValue": "shop-dev-cluster:Arn"}, arn),
        ({"Fn::GetStackOutput": {"StackName": "shop-dev-cluster", "OutputName": "Arn"}}, arn),
        ({"Fn::Join": ["/", ["a", {"Ref": "AWS::Region"}]]}, "a/eu-west-1"),
        (
            {
                "Fn::Select": [
                    1,
                    {"Fn::Split": ["/", {"Fn::ImportValue": "shop-dev-cluster:Arn"}]},
                ]
            },
            "shop-dev",
        ),
        ({"Fn::Sub": ["${Name}-${AWS::AccountId}-${!x}", {"Name": "n"}]}, "n-222222222222-${x}"),
    ):
        assert assembly.text(importing, value) == text


@pytest.mark.parametrize(
    "value",
    [
        {"Fn::FindInMap": ["a", "b", "c"]},
        {"Fn::If": ["a", "b", "c"]},
        {"Fn::ImportValue": "of no stack"},
        {"Fn::GetAtt": ["Nothing", "Arn"]},
        {"Fn::GetAtt": ["Topic", "NoAttribute"]},
        {"Ref": "Unheard"},
        {"Ref": "Nothing"},
        {"Fn::Select": [3, {"Fn::Split": ["/", "a/b"]}]},
        {"Fn::Split": ["/", "a/b"]},
        ["a", "b"],
        None,
    ],
)
def test_what_can_t_be_resolved_is_an_error(value, assemble):
    assembly = assemble(
        shop_dev_web={
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": {}},
            "Unheard": {"Type": "AWS::Unheard::Of", "Properties": {}},
        }
    )
    with pytest.raises(UnreadableError):
        assembly.text(assembly.stacks[0], value)


@pytest.mark.parametrize(
    "resource",
    [
        pytest.param(
            {
                "Type": "AWS::SecretsManager::Secret",
                "Properties": {"Policy": {"Statement": [DENY]}},
            },
            id="a place that nobody knows",
        ),
        pytest.param(
            {
                "Type": "AWS::Unheard::Of",
                "Properties": {"Deep": [{"Policy": {"Statement": DENY}}]},
            },
            id="a type that nobody knows",
        ),
        pytest.param(
            {
                "Type": "AWS::Unheard::Of",
                "Properties": {"Text": '{"Statement": {"Effect": "Allow", "Action": "*"}}'},
            },
            id="a policy as text",
        ),
        pytest.param(
            {
                "Type": "AWS::SQS::QueuePolicy",
                "Properties": {"PolicyDocument": {"Statement": [DENY | {"Unless": "x"}]}},
            },
            id="an element that nobody knows",
        ),
        pytest.param(
            {
                "Type": "AWS::SQS::QueuePolicy",
                "Properties": {"PolicyDocument": {"Statement": [DENY | {"Effect": "Maybe"}]}},
            },
            id="another effect",
        ),
        pytest.param(
            {"Type": "AWS::SQS::QueuePolicy", "Properties": {"PolicyDocument": {"Ref": "X"}}},
            id="no statements",
        ),
        pytest.param(
            {
                "Type": "AWS::SQS::QueuePolicy",
                "Properties": {
                    "PolicyDocument": {"Statement": [DENY | {"Principal": {"Someone": "x"}}]}
                },
            },
            id="another principal",
        ),
        pytest.param(
            {
                "Type": "AWS::IAM::Policy",
                "Properties": {"PolicyDocument": {"Statement": []}, "Users": ["alice"]},
            },
            id="a policy of a user",
        ),
    ],
)
def test_a_policy_that_can_t_be_read_is_an_error(resource, assemble):
    with pytest.raises(UnreadableError):
        list(read(assemble(shop_dev_web={"Resource": resource})))


def test_a_managed_policy_of_somebody_else_is_an_error(assemble, role):
    everything = "arn:aws:iam::aws:policy/AdministratorAccess"
    for properties in ({"ManagedPolicyArns": [everything]}, {"PermissionsBoundary": everything}):
        with pytest.raises(UnreadableError, match="AdministratorAccess"):
            list(read(assemble(shop_dev_web={"Role": role(**properties)})))


def test_a_role_has_what_its_managed_and_its_own_policies_say(assemble, role):
    document = {
        "Statement": {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:::q"}
    }
    assembly = assemble(
        shop_dev_web={
            "Named": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {"PolicyDocument": document},
            },
            "Attached": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {"PolicyDocument": document, "Roles": [{"Ref": "Role"}]},
            },
            "Separate": {
                "Type": "AWS::IAM::Policy",
                "Properties": {
                    "PolicyName": "p",
                    "PolicyDocument": document,
                    "Roles": [{"Ref": "Role"}],
                },
            },
            "Bounds": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {"PolicyDocument": document},
            },
            "Role": role(
                {"Action": "sqs:ReceiveMessage", "Resource": "arn:aws:sqs:::q"},
                ManagedPolicyArns=[{"Ref": "Named"}],
                PermissionsBoundary={"Ref": "Bounds"},
            ),
        }
    )
    (found,) = Reach(assembly).roles
    assert sorted(each.place.partition("/")[2] for each in found.identity) == [
        "Attached",
        "Named",
        "Role",
        "Separate",
    ]
    assert [each.place for each in found.boundary] == ["shop-dev-web/Bounds"]


def test_a_function_s_permission_is_a_statement_too(assemble):
    permission = {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "Action": "lambda:InvokeFunction",
            "FunctionName": "f",
            "Principal": "events.amazonaws.com",
            "SourceArn": "arn:aws:events:eu-west-1:222222222222:rule/r",
        },
    }
    (found,) = read(assemble(shop_dev_web={"Permission": permission}))
    assert found.principals == (("Service", "events.amazonaws.com"),)
    assert found.condition("AWS:SourceArn")


def test_a_resource_that_nobody_can_name_is_an_error(assemble):
    new = {"Type": "AWS::Unheard::Of", "Properties": {}}
    with pytest.raises(UnreadableError, match=r"AWS::Unheard::Of.*resources\.py"):
        list(assemble(shop_dev_web={"New": new}).things())


@pytest.mark.parametrize(
    ("pattern", "value", "matched"),
    [
        ("arn:a:*", "arn:a:b:c", True),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("shop-dev-*", "shop-devel-web", False),
        ("shop-dev*", "shop-devel-web", True),
        ("a.c", "abc", False),
        ("*", "", True),
    ],
)
def test_patterns_match_as_those_of_policies(pattern, value, matched):
    assert matches(pattern, value) is matched


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        ("log-group:/x:*", "log-group:*:log-stream:*", True),
        ("service/a/*", "service/*/b", True),
        ("cluster/*", "service/*", False),
        ("a*b", "a*c", False),
        ("?", "ab", False),
        ("", "*", True),
    ],
)
def test_patterns_overlap_if_anything_matches_both(one, other, common):
    assert overlap(one, other) is overlap(other, one) is common
