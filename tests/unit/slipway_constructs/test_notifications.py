"""An encrypted topic that is silent would be worse than none."""

from typing import Any

import pytest

ACCOUNT = {"StringEquals": {"aws:SourceAccount": "000000000000"}}


@pytest.fixture(scope="session")
def topic(observability: Any) -> Any:
    return observability.only("AWS::SNS::Topic")


def key_statement(template: Any, service: str) -> Any:
    (found,) = [
        statement
        for statement in template.only("AWS::KMS::Key")["KeyPolicy"]["Statement"]
        if statement["Principal"] == {"Service": service}
    ]
    return found


def test_the_topic_is_encrypted_with_the_stack_s_own_key(observability: Any, topic: Any) -> None:
    key = observability.only_id("AWS::KMS::Key")
    assert topic["KmsMasterKeyId"] == {"Fn::GetAtt": [key, "Arn"]}


def test_cloudwatch_may_use_the_key_for_this_account_only(observability: Any) -> None:
    """Without the key an encrypted topic loses alarms, and nobody hears of that."""
    statement = key_statement(observability, "cloudwatch.amazonaws.com")
    assert statement["Effect"] == "Allow"
    assert statement["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    assert statement["Condition"] == ACCOUNT


def test_nobody_else_who_publishes_may_use_the_key(observability: Any) -> None:
    services = [
        statement["Principal"]["Service"]
        for statement in observability.only("AWS::KMS::Key")["KeyPolicy"]["Statement"]
        if "Service" in statement["Principal"]
    ]
    assert services == ["cloudwatch.amazonaws.com"]


def test_only_alarms_of_this_account_may_publish_and_only_over_tls(observability: Any) -> None:
    policy = observability.only("AWS::SNS::TopicPolicy")
    assert policy["Topics"] == [{"Ref": observability.only_id("AWS::SNS::Topic")}]
    by_effect = {each["Effect"]: each for each in policy["PolicyDocument"]["Statement"]}
    assert len(by_effect) == len(policy["PolicyDocument"]["Statement"])
    assert by_effect["Deny"]["Principal"] == "*"
    assert by_effect["Deny"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert by_effect["Allow"]["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert by_effect["Allow"]["Condition"] == ACCOUNT
    assert {each["Action"] for each in by_effect.values()} == {"sns:Publish"}


def test_each_address_of_the_settings_is_subscribed(observability: Any, changed: Any) -> None:
    assert not observability.of("AWS::SNS::Subscription")
    template = changed["shop-local-observability"]
    assert template.only("AWS::SNS::Subscription") == {
        "Endpoint": "team@example.com",
        "Protocol": "email",
        "TopicArn": {"Ref": template.only_id("AWS::SNS::Topic")},
    }
