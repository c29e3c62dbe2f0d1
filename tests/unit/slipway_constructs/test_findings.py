import json
from typing import Any

from aws_cdk import App, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from slipway_constructs.findings import acknowledge_wildcards


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
    (entry,) = [
        entry for entry in construct.node.metadata if entry.type == "aws:cdk:acknowledged-rules"
    ]
    data: dict[str, Any] = json.loads(json.dumps(entry.data))
    return data
