"""The Observability stack: what people look at, and how they are called."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from aws_cdk import RemovalPolicy, Stack
from constructs import Construct

from slipway.settings import Environment, Names
from slipway_constructs.dashboard import ObservedService, ServiceDashboard
from slipway_constructs.encryption import EncryptionKey
from slipway_constructs.log_queries import LogQueries
from slipway_constructs.notifications import NotificationTopic


class ObservabilityStack(Stack):
    """The topic that alarms are told to; for each service a dashboard and saved queries.

    It looks at the services' stacks and comes after them. Their alarms know the topic by its
    name, so nothing points back; until the topic is there, an alarm that fires tells nobody.

    Parameters
    ----------
    scope, id_
        Where the stack lives, and its name there.
    names, environment
        The settings.
    services
        The services to look at.
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
        services: Sequence[ObservedService],
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
            email=environment.notifications.email,
        )
        for service in services:
            scope_of_service = Construct(self, service.service_name.title())
            ServiceDashboard(
                scope_of_service,
                "Dashboard",
                name=names.dashboard(service.service_name),
                service=service,
            )
            LogQueries(
                scope_of_service,
                "Queries",
                name=partial(names.log_query, service.service_name),
                log_group=service.log_group,
                hook_functions=service.hook_functions,
            )
