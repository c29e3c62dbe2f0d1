import json
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from slipway_constructs.findings import acknowledge, acknowledge_each, acknowledge_wildcards

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
