"""The Observability stack: how people are called."""

from typing import Any

from aws_cdk import RemovalPolicy, Stack
from constructs import Construct

from slipway.settings import Environment, Names
from slipway_constructs.encryption import EncryptionKey
from slipway_constructs.notifications import NotificationTopic


class ObservabilityStack(Stack):
    """The topic that the alarms of an environment are told to.

    It comes before the services, whose alarms know the topic by its name. What people look at,
    dashboards and saved queries, is in each service's stack: here a hundred services would not
    fit (CloudFormation allows 500 resources in a stack).

    Parameters
    ----------
    scope, id_
        Where the stack lives, and its name there.
    names, environment
        The settings.
    removal_policy
        What happens to the topic's key when the stack goes.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        environment: Environment,
        removal_policy: RemovalPolicy,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id_, stack_name=names.stack("observability"), **kwargs)
        NotificationTopic(
            self,
            "Notifications",
            name=names.notifications,
            encryption=EncryptionKey(
                self,
                "Encryption",
                alias=names.key_alias("observability"),
                removal_policy=removal_policy,
            ),
            publisher="cloudwatch.amazonaws.com",
            sid="AlarmsOfThisAccount",
            email=environment.notifications.email,
        )
