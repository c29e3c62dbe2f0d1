"""What AWS's own managed policies say, of those that a role of ours may name."""

from collections.abc import Mapping
from typing import Any

AWS_MANAGED: Mapping[str, Mapping[str, Any]] = {
    # https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaBasicExecutionRole.html
    "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole": {
        "Statement": {
            "Effect": "Allow",
            "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": "*",
        }
    },
}
"""By ARN. Their statements are in no template, so they are written down here, with their page."""
