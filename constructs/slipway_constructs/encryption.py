"""A customer managed key that says which services may use it."""

from collections.abc import Iterable

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct


class EncryptionKey(Construct):
    """A KMS key with yearly rotation whose policy names each use.

    Parameters
    ----------
    scope, id_
        Where the key lives, and its name there.
    alias
        The name that people see, without the ``alias/`` prefix.
    removal_policy
        What happens to the key when its stack goes.
    """

    def __init__(
        self, scope: Construct, id_: str, *, alias: str, removal_policy: RemovalPolicy
    ) -> None:
        super().__init__(scope, id_)
        self.key = kms.Key(
            self,
            "Key",
            alias=alias,
            enable_key_rotation=True,
            removal_policy=removal_policy,
        )
        self._log_groups: _LogGroups | None = None

    def allow_notifications(self) -> None:
        """Let CloudWatch alarms and EventBridge publish to the topics that this key encrypts.

        Without it they lose what they send, and nobody hears of that. CloudWatch may do so for
        this account only; a request of EventBridge carries no account that a key policy could
        ask for, so there the topic's policy has to say who may publish.
        Source: Amazon SNS Developer Guide, "Managing Amazon SNS encryption keys and costs".
        """
        for service, conditions in (
            ("cloudwatch", {"StringEquals": {"aws:SourceAccount": Stack.of(self).account}}),
            ("events", {}),
        ):
            self.key.add_to_resource_policy(
                iam.PolicyStatement(
                    principals=[iam.ServicePrincipal(f"{service}.amazonaws.com")],
                    actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                    resources=["*"],
                    conditions=conditions,
                )
            )

    def allow_log_groups(self, *names: str) -> None:
        """Let CloudWatch Logs encrypt the log groups of these names, and no others.

        Logs passes the log group's ARN as encryption context, so the grant is by name and the
        log group may refer to the key without a cycle. All grants are one statement of the policy.
        Source: CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS KMS".
        """
        if self._log_groups is None:
            self._log_groups = _LogGroups(self)
            self.key.add_to_resource_policy(self._log_groups.statement)
        self._log_groups.add(names)


class _LogGroups:
    """The statement of a key's policy that names log groups, one after the other."""

    def __init__(self, scope: Construct) -> None:
        stack = Stack.of(scope)
        region = stack.region
        self._arn_prefix = f"arn:{stack.partition}:logs:{region}:{stack.account}:log-group:"
        self._arns: list[str] = []
        self.statement = iam.PolicyStatement(
            principals=[iam.ServicePrincipal(f"logs.{region}.amazonaws.com")],
            actions=[
                "kms:Encrypt*",
                "kms:Decrypt*",
                "kms:ReEncrypt*",
                "kms:GenerateDataKey*",
                "kms:Describe*",
            ],
            resources=["*"],
        )

    def add(self, names: Iterable[str]) -> None:
        self._arns += [f"{self._arn_prefix}{name}" for name in names]
        # A condition that is there already is replaced.
        self.statement.add_condition("ArnLike", {"kms:EncryptionContext:aws:logs:arn": self._arns})
