"""The Observability stack: how people are called, and what they see of the whole environment."""

from collections.abc import Iterable, Mapping
from typing import Any

from aws_cdk import RemovalPolicy, Stack
from constructs import Construct

from slipway.settings import Environment, Names
from slipway_constructs.budget import MonthlyBudget
from slipway_constructs.capacity_alarm import add_capacity_alarm
from slipway_constructs.encryption import EncryptionKey
from slipway_constructs.environment_dashboard import EnvironmentDashboard, ObservedEnvironment
from slipway_constructs.notifications import NotificationTopic
from slipway_constructs.runbooks import Runbooks
from stacks.service.names import calling_alarms
from stacks.told import told


class ObservabilityStack(Stack):
    """The topic that alarms and the budget are told to, the budget, and a dashboard of it all.

    It comes before the services, whose alarms know the topic by its name, and imports nothing of
    them: the dashboard knows them by theirs. A service's own dashboard and saved queries are in its
    own stack: here a hundred services would not fit (CloudFormation allows 500 resources in a
    stack).

    Parameters
    ----------
    scope, id_
        Where the stack lives, and its name there.
    names, environment
        The settings.
    services
        The names of the environment's services.
    cost_tags
        The tags by which the environment's cost is told from others'.
    removal_policy
        What happens to the topic's key when the stack goes.
    runbooks
        Where the pages on the alarms are.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        environment: Environment,
        services: Iterable[str],
        cost_tags: Mapping[str, str],
        removal_policy: RemovalPolicy,
        runbooks: Runbooks,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id_, stack_name=names.stack("observability"), **kwargs)
        topic = NotificationTopic(
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
            **told(environment.notifications, names),
        )
        add_capacity_alarm(
            self,
            "Capacity",
            name=names.capacity_alarm,
            cluster_name=names.cluster,
            capacity_provider_name=names.ec2_capacity_provider,
            runbooks=runbooks,
        )
        EnvironmentDashboard(
            self,
            "Dashboard",
            name=names.environment_dashboard,
            environment=ObservedEnvironment(
                cluster_name=names.cluster,
                capacity_provider_name=names.ec2_capacity_provider,
                shared_alarms=[names.shared_alarm, names.capacity_alarm, *names.releases_alarms],
                service_alarms=[
                    alarm for service in services for alarm in calling_alarms(names, service)
                ],
                functions=[names.releases("scaling"), names.releases("rotation")],
                dead_letters=names.releases("given-up"),
                most_instances=environment.capacity.ec2.max,
            ),
        )
        if budget := environment.budget:
            MonthlyBudget(
                self,
                "Budget",
                name=names.prefix,
                monthly_usd=budget.monthly_usd,
                tags=cost_tags,
                actual_percent=budget.actual,
                forecast_percent=budget.forecast,
                topic=topic,
            )
