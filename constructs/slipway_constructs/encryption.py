"""A customer managed key that says which services may use it."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from slipway_constructs.values import arn, place, service_principal


class EncryptionKey(kms.Key):
    """A KMS key with yearly rotation whose policy names each use.

    Parameters
    ----------
    scope, id_
        Where the key lives, and its name there.
    alias
        The name that people see, without the ``alias/`` prefix.
    removal_policy
        What happens to the key when its stack goes.
    log_groups
        The names of the log groups that it encrypts.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        alias: str,
        removal_policy: RemovalPolicy,
        log_groups: Sequence[str] = (),
    ) -> None:
        self._account = place(scope)[2]
        statements = [_for_the_account(scope)]
        if log_groups:
            statements.append(_for_log_groups(scope, log_groups))
        super().__init__(
            scope,
            id_,
            alias=alias,
            enable_key_rotation=True,
            removal_policy=removal_policy,
            policy=iam.PolicyDocument.from_json({"Statement": statements}),
        )

    def allow_notifications(self, publisher: str) -> None:
        """Let an AWS service, for this account, publish to the topics that this key encrypts.

        Without it CloudWatch alarms lose what they send, and nobody hears of that.
        Source: Amazon SNS Developer Guide, "Managing Amazon SNS encryption keys and costs".

        Parameters
        ----------
        publisher
            Such as ``cloudwatch.amazonaws.com``.
        """
        self.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[service_principal(publisher)],
                actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                resources=["*"],
                conditions={"StringEquals": {"aws:SourceAccount": self._account}},
            )
        )


def _for_the_account(scope: Construct) -> dict[str, Any]:
    """Let IAM policies of the key's account give its use away, as KMS's own default does.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    return {
        "Effect": "Allow",
        "Principal": {"AWS": arn(scope, "iam", "root", region="")},
        "Action": "kms:*",
        "Resource": "*",
    }


def _for_log_groups(scope: Construct, names: Sequence[str]) -> dict[str, Any]:
    """Let CloudWatch Logs encrypt the log groups of these names, and no others.

    Logs passes the log group's ARN as encryption context, so the grant is by name and the
    log group may refer to the key without a cycle.
    Source: CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS KMS".
    """
    log_groups = [arn(scope, "logs", f"log-group:{name}") for name in names]
    return {
        "Effect": "Allow",
        "Principal": {"Service": f"logs.{place(scope)[1]}.amazonaws.com"},
        "Action": [
            "kms:Encrypt*",
            "kms:Decrypt*",
            "kms:ReEncrypt*",
            "kms:GenerateDataKey*",
            "kms:Describe*",
        ],
        "Resource": "*",
        "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": log_groups}},
    }
