"""A customer managed key that says which services may use it."""

from collections.abc import Sequence

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
        super().__init__(
            scope, id_, alias=alias, enable_key_rotation=True, removal_policy=removal_policy
        )
        if log_groups:
            self._allow_log_groups(log_groups)

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
                conditions={"StringEquals": {"aws:SourceAccount": place(self)[2]}},
            )
        )

    def _allow_log_groups(self, names: Sequence[str]) -> None:
        """Let CloudWatch Logs encrypt the log groups of these names, and no others.

        Logs passes the log group's ARN as encryption context, so the grant is by name and the
        log group may refer to the key without a cycle.
        Source: CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS KMS".
        """
        _partition, region, _account = place(self)
        log_groups = [arn(self, "logs", f"log-group:{name}") for name in names]
        self.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[service_principal(f"logs.{region}.amazonaws.com")],
                actions=[
                    "kms:Encrypt*",
                    "kms:Decrypt*",
                    "kms:ReEncrypt*",
                    "kms:GenerateDataKey*",
                    "kms:Describe*",
                ],
                resources=["*"],
                conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": log_groups}},
            )
        )
