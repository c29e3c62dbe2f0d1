"""The Service stack: one container service, from its secrets to its deployment group."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from slipway.settings import Account, Environment, Names, Service
from slipway.settings.lock import CreationValues
from slipway_constructs.network import Network
from slipway_constructs.runbooks import Runbooks
from stacks.entrances import Entrances
from stacks.service.alarms import add_alarms
from stacks.service.blue_green import add_blue_green_service
from stacks.service.canary import add_canary
from stacks.service.data_protection import add_data_protection
from stacks.service.deployment_group import add_deployment_group
from stacks.service.hooks import add_hooks
from stacks.service.image import container_image, import_repository
from stacks.service.observability import add_observability
from stacks.service.outputs import add_outputs
from stacks.service.scaling import add_scaling
from stacks.service.secrets import add_secrets
from stacks.service.task import add_task


class ServiceStack(Stack):
    """Everything of one service in one environment.

    Its outputs are all that a release reads: see ``slipway.release.target``.

    Parameters
    ----------
    scope, id_
        Where the stack lives, and its name there.
    names, environment, service
        The settings.
    tooling
        Where the image registry is.
    wanted
        What the settings ask for today; it takes effect with a release.
    created_with
        What the service was created with; it stays in the template for ever.
    urls
        The environment variables that say where the services are that this one calls.
    digest
        The image, ``sha256:…``; None for one that comes later.
    collector
        The image of what takes its traces, if it has any.
    network, cluster
        Where it runs.
    entrances
        What gives it its way in.
    host, url
        The DNS name under which it is reached, and the whole address.
    removal_policy
        What happens to logs, keys and secrets when the stack goes.
    runbooks
        Where the pages on the alarms are.

    Attributes
    ----------
    listeners
        Its way in; whoever calls it asks here to be admitted.
    tasks
        The security group of its tasks.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        environment: Environment,
        tooling: Account,
        service: Service,
        wanted: CreationValues,
        created_with: CreationValues,
        urls: Mapping[str, str],
        digest: str | None,
        collector: str | None,
        network: Network,
        entrances: Entrances,
        host: str,
        url: str,
        cluster: ecs.Cluster,
        removal_policy: RemovalPolicy,
        runbooks: Runbooks,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id_, stack_name=names.stack(service.name), **kwargs)
        self._service = service
        data_protection = add_data_protection(
            self, names, service, environment=environment, removal_policy=removal_policy
        )
        repository = import_repository(self, names, service, tooling=tooling)
        task = add_task(
            self,
            names,
            service,
            wanted=wanted,
            created_with=created_with,
            urls=urls,
            image=container_image(self, service, repository=repository, digest=digest),
            repository=repository,
            secrets=add_secrets(self, names, service, data_protection=data_protection),
            cluster=cluster,
            collector=collector,
            data_protection=data_protection,
        )
        self.listeners = entrances.add(self, service=service, host=host)
        blue_green = add_blue_green_service(
            self,
            names,
            service,
            created_with=created_with,
            network=network,
            cluster=cluster,
            listeners=self.listeners,
            task=task,
            data_protection=data_protection,
        )
        self.tasks = blue_green.security_group
        add_scaling(blue_green, environment=environment, service=service)
        add_hooks(
            self,
            names,
            service,
            host=host,
            network=network,
            listeners=self.listeners,
            repository=repository,
            data_protection=data_protection,
        )
        alarms = add_alarms(
            self,
            names,
            service,
            listeners=self.listeners,
            blue_green=blue_green,
            canary=add_canary(
                self, names, service, url=url, data_protection=data_protection, runbooks=runbooks
            ),
            on_ec2=any(
                each.capacity_provider == names.ec2_capacity_provider
                for each in wanted.capacity_provider_strategy
            ),
            runbooks=runbooks,
        )
        add_deployment_group(
            self,
            names,
            service,
            task=task,
            listeners=self.listeners,
            blue_green=blue_green,
            alarms=alarms,
        )
        add_outputs(
            self,
            names,
            service,
            wanted=wanted,
            network=network,
            listeners=self.listeners,
            task=task,
            blue_green=blue_green,
        )
        add_observability(
            self, names, service, listeners=self.listeners, blue_green=blue_green, task=task
        )

    def call(self, callee: "ServiceStack") -> None:
        """Open the way to a service that this one calls.

        The rule stands in this stack: a service never knows who calls it.
        """
        name = callee._service.name
        callee.listeners.admit(
            self,
            f"To{name.title().replace('-', '')}",
            caller=self.tasks,
            description=f"From {self._service.name} to {name}",
        )
