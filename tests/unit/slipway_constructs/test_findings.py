import json
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from slipway_constructs.findings import (
    acknowledge,
    acknowledge_each,
    acknowledge_parts,
    acknowledge_wildcards,
)

BECAUSE = "a test"


@pytest.fixture
def bucket() -> s3.Bucket:
    return s3.Bucket(Stack(App(analytics_reporting=False), "Stack"), "Bucket")


@pytest.mark.parametrize(
    ("finding", "full_ids"),
    [
        ("AwsSolutions-S1", ["AwsSolutions::AwsSolutions-S1"]),
        ("Serverless-LambdaDLQ", ["Serverless::Serverless-LambdaDLQ"]),
        (
            "S3BucketLoggingEnabled",
            [
                "NIST.800.53.R5::NIST.800.53.R5-S3BucketLoggingEnabled",
                "PCI.DSS.321::PCI.DSS.321-S3BucketLoggingEnabled",
                "HIPAA.Security::HIPAA.Security-S3BucketLoggingEnabled",
            ],
        ),
        (
            "ALBWAFEnabled",
            [
                "NIST.800.53.R5::NIST.800.53.R5-ALBWAFEnabled",
                "PCI.DSS.321::PCI.DSS.321-ALBWAFEnabled",
            ],
        ),
        ("CKV_AWS_18", ["Checkov::CKV_AWS_18"]),
        ("W3010", ["CloudFormation-Validate::W3010"]),
        ("TEST_LISTENER_IS_PRIVATE", ["CloudFormation-Validate::TEST_LISTENER_IS_PRIVATE"]),
    ],
)
def test_each_checker_gets_the_rule_under_the_name_that_it_has_there(
    bucket: s3.Bucket, finding: str, full_ids: list[str]
) -> None:
    """The packs of the frameworks share their rules' names, but not every rule is in each."""
    acknowledge(bucket, finding, because=BECAUSE)
    assert acknowledgements(bucket) == dict.fromkeys(full_ids, BECAUSE)


def test_who_reads_the_template_reads_the_reasons_there(bucket: s3.Bucket) -> None:
    acknowledge_each(bucket, {"one": ["CKV_AWS_18", "W3010"], "two": ["CKV_AWS_21", "E3001"]})
    resource: Any = bucket.node.default_child
    assert resource.get_metadata("checkov") == {
        "skip": [{"id": "CKV_AWS_18", "comment": "one"}, {"id": "CKV_AWS_21", "comment": "two"}]
    }
    assert resource.get_metadata("cfn-lint") == {"config": {"ignore_checks": ["E3001", "W3010"]}}


def test_what_is_no_resource_has_nothing_that_checkov_could_skip() -> None:
    stack = Stack(App(analytics_reporting=False), "Stack")
    with pytest.raises(TypeError, match="Stack is no resource"):
        acknowledge(stack, "CKV_AWS_18", because=BECAUSE)


def test_what_parts_have_in_common_is_recorded_once_and_read_at_each_of_them() -> None:
    whole = Construct(Stack(App(analytics_reporting=False), "Stack"), "Whole")
    parts = [s3.CfnBucket(whole, name) for name in ("One", "Two")]
    acknowledge_parts(
        whole,
        {
            parts[0]: {"both": ["AwsSolutions-S1", "CKV_AWS_18"]},
            parts[1]: {"both": ["AwsSolutions-S1", "CKV_AWS_18"], "one": ["CKV_AWS_21"]},
        },
    )
    assert acknowledgements(whole) == {
        "AwsSolutions::AwsSolutions-S1": "both",
        "Checkov::CKV_AWS_18": "both",
        "Checkov::CKV_AWS_21": "one",
    }
    assert [acknowledgements(part) for part in parts] == [{}, {}]
    assert [[skip["id"] for skip in part.get_metadata("checkov")["skip"]] for part in parts] == [
        ["CKV_AWS_18"],
        ["CKV_AWS_18", "CKV_AWS_21"],
    ]


def test_parts_can_not_have_two_reasons_for_one_finding() -> None:
    """Both are written at the whole: the one would answer for the other's part."""
    whole = Construct(Stack(App(analytics_reporting=False), "Stack"), "Whole")
    parts = {s3.CfnBucket(whole, name): {name: ["AwsSolutions-S1"]} for name in ("One", "Two")}
    with pytest.raises(ValueError, match="AwsSolutions-S1 has two reasons in Stack/Whole"):
        acknowledge_parts(whole, parts)


def test_a_wildcard_is_named_as_the_finding_names_it() -> None:
    """References by their logical ids, as cdk-nag writes them; else it would stay open."""
    stack = Stack(App(analytics_reporting=False), "Stack")
    bucket = s3.Bucket(stack, "Bucket")
    resource = f"{bucket.bucket_arn}/{stack.region}/*"
    policy = iam.ManagedPolicy(
        stack,
        "Policy",
        statements=[iam.PolicyStatement(actions=["s3:GetObject"], resources=[resource])],
    )
    acknowledge_wildcards(policy, {resource: "a test"})
    name = stack.get_logical_id(bucket.node.default_child)  # type: ignore[arg-type]
    assert acknowledgements(policy) == {
        f"AwsSolutions::AwsSolutions-IAM5[Resource::<{name}.Arn>/<AWS::Region>/*]": "a test"
    }


def acknowledgements(construct: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for entry in construct.node.metadata:
        if entry.type == "aws:cdk:acknowledged-rules":
            found |= json.loads(json.dumps(entry.data))
    return found
