"""Log groups that are encrypted, named and kept for a stated time."""

from datetime import timedelta

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs
from constructs import Construct

from slipway_constructs.encryption import EncryptionKey


def retention_days(retention: timedelta) -> logs.RetentionDays:
    """Give CloudWatch Logs' name for a time; only the times that it offers have one.

    Raises
    ------
    ValueError
        CloudWatch Logs does not offer that time.
    """
    if retention not in _RETENTION:
        raise ValueError(f"CloudWatch Logs offers no retention of {retention.days} days")
    return _RETENTION[retention]


_RETENTION: dict[timedelta, logs.RetentionDays] = {
    timedelta(days=days): getattr(logs.RetentionDays, name)
    for days, name in {
        1: "ONE_DAY",
        3: "THREE_DAYS",
        5: "FIVE_DAYS",
        7: "ONE_WEEK",
        14: "TWO_WEEKS",
        30: "ONE_MONTH",
        60: "TWO_MONTHS",
        90: "THREE_MONTHS",
        120: "FOUR_MONTHS",
        150: "FIVE_MONTHS",
        180: "SIX_MONTHS",
        365: "ONE_YEAR",
        400: "THIRTEEN_MONTHS",
        545: "EIGHTEEN_MONTHS",
        731: "TWO_YEARS",
        1096: "THREE_YEARS",
        1827: "FIVE_YEARS",
        2192: "SIX_YEARS",
        2557: "SEVEN_YEARS",
        2922: "EIGHT_YEARS",
        3288: "NINE_YEARS",
        3653: "TEN_YEARS",
    }.items()
}


def function_log_group(function_name: str) -> str:
    """Give the name of the log group that a Lambda function has of its own."""
    return f"/aws/lambda/{function_name}"


class EncryptedLogGroup(logs.LogGroup):
    """A log group with a fixed name, a retention and a customer managed key.

    Parameters
    ----------
    scope, id_
        Where the log group lives, and its name there.
    name
        The log group's name, such as ``/shop/prod/storefront``.
    retention
        How long events are kept: one of the times CloudWatch Logs offers.
    encryption
        The key; its policy names this log group.
    removal_policy
        What happens to the events when the stack goes.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        retention: timedelta,
        encryption: EncryptionKey,
        removal_policy: RemovalPolicy,
    ) -> None:
        super().__init__(
            scope,
            id_,
            log_group_name=name,
            retention=retention_days(retention),
            encryption_key=encryption,
            removal_policy=removal_policy,
        )
