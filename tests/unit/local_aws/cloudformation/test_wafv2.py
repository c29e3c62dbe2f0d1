"""What a web ACL logs to is known by its ARN."""

import pytest

from slipway.local_aws.cloudformation.wafv2 import log_name


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:logs:us-east-1:000000000000:log-group:aws-waf-logs-shop",
        "arn:aws:logs:us-east-1:000000000000:log-group:aws-waf-logs-shop:*",
        "arn:aws:s3:::aws-waf-logs-shop",
        "arn:aws:s3:::aws-waf-logs-shop/prefix",
        "arn:aws:firehose:us-east-1:000000000000:deliverystream/aws-waf-logs-shop",
    ],
)
def test_the_name_of_a_log_destination(arn: str) -> None:
    assert log_name(arn) == "aws-waf-logs-shop"
