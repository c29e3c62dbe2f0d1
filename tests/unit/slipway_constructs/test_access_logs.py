import json
from typing import Any

import pytest


@pytest.fixture
def bucket(network: Any) -> Any:
    return network.only("AWS::S3::Bucket")


def test_every_load_balancer_logs_each_request(storefront: Any, changed: Any) -> None:
    for template in (storefront, changed["shop-local-api"]):
        balancer = template.only("AWS::ElasticLoadBalancingV2::LoadBalancer")
        attributes = {each["Key"]: each["Value"] for each in balancer["LoadBalancerAttributes"]}
        assert attributes["access_logs.s3.enabled"] == "true"
        bucket = attributes["access_logs.s3.bucket"]["Fn::ImportValue"]
        assert bucket.startswith("shop-local-network:")


def test_load_balancers_can_write_under_the_bucket_s_key(bucket: Any) -> None:
    """Elastic Load Balancing delivers to a bucket with S3's own key only."""
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}


def test_nobody_but_elastic_load_balancing_is_allowed_in(network: Any, bucket: Any) -> None:
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    statements = network.only("AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    (allowed,) = [each for each in statements if each["Effect"] == "Allow"]
    assert allowed["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    assert allowed["Action"] == "s3:PutObject"
    assert "AWSLogs/000000000000/*" in json.dumps(allowed["Resource"])


def test_plain_http_is_refused(network: Any) -> None:
    statements = network.only("AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    denied = [each["Condition"] for each in statements if each["Effect"] == "Deny"]
    assert {"Bool": {"aws:SecureTransport": "false"}} in denied


def test_log_files_expire_after_the_log_retention(bucket: Any, changed: Any) -> None:
    after = changed["shop-local-network"].only("AWS::S3::Bucket")
    days = [
        rule["ExpirationInDays"]
        for properties in (bucket, after)
        for rule in properties["LifecycleConfiguration"]["Rules"]
        if "ExpirationInDays" in rule
    ]
    assert days == [7, 30]


def test_a_log_file_that_was_deleted_or_written_over_can_be_had_back_for_a_week(
    bucket: Any,
) -> None:
    """And then leaves nothing: a bucket with delete markers in it can't be deleted."""
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    versions, markers = bucket["LifecycleConfiguration"]["Rules"]
    assert versions["NoncurrentVersionExpiration"] == {"NoncurrentDays": 7}
    assert markers == {"ExpiredObjectDeleteMarker": True, "Status": "Enabled"}


def test_a_bucket_with_log_files_does_not_stop_the_deletion_of_its_stack(network: Any) -> None:
    """CloudFormation deletes an empty bucket only, and deliveries go on for minutes."""
    (bucket,) = network.of("AWS::S3::Bucket").values()
    assert bucket["DeletionPolicy"] == "Retain"


def test_services_come_and_go_without_a_change_of_the_bucket(network: Any, changed: Any) -> None:
    policy = "AWS::S3::BucketPolicy"
    assert changed["shop-local-network"].of(policy) == network.of(policy)
