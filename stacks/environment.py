"""The Stage of one environment: its stacks, in the order in which they stand on each other."""

from collections.abc import Mapping

import aws_cdk as cdk
from constructs import Construct

from slipway.settings import Application, Settings
from slipway.settings.lock import creation_values, current_values
from slipway.settings.variables import url_variable
from slipway_constructs.runbooks import Runbooks
from stacks.cluster import ClusterStack
from stacks.images import ZERO_DIGEST
from stacks.network import NetworkStack
from stacks.observability import ObservabilityStack
from stacks.releases import ReleasesStack
from stacks.service import ServiceStack


def tags_of(application: Application, environment: str) -> dict[str, str]:
    """Give the tags that every resource carries; those of one service name it instead of all."""
    return {
        "slipway:application": application.application,
        "slipway:environment": environment,
        "slipway:service": "all",
        "slipway:owner": application.owner,
        "slipway:cost-centre": application.cost_centre,
        **application.tags,
    }


def cost_tags_of(application: Application, environment: str) -> dict[str, str]:
    """Give those of the tags that tell what an environment costs."""
    tags = tags_of(application, environment)
    return {key: tags[key] for key in ("slipway:application", "slipway:environment")}


class EnvironmentStage(cdk.Stage):
    """Everything of one environment, except for the images.

    Parameters
    ----------
    scope, id_
        Where the stage lives, and its name there: ``cdk deploy '<id_>/*'``.
    settings
        The settings of the whole application.
    name
        The environment's name.
    digests
        The image of each service; one that is missing can be synthesised but not deployed.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: Settings,
        name: str,
        digests: Mapping[str, str | None],
    ) -> None:
        environment = settings.environment(name)
        super().__init__(
            scope,
            id_,
            env=cdk.Environment(account=environment.account, region=environment.region),
        )
        names = settings.names(name)
        removal_policy = cdk.RemovalPolicy(environment.removal_policy.upper())
        # Whoever keeps the data doesn't mean to delete what works on it.
        protected = environment.removal_policy == "retain"
        runbooks = Runbooks(settings.application.runbooks)
        network_stack = NetworkStack(
            self,
            "Network",
            names=names,
            environment=environment,
            tooling=settings.tooling(name),
            traced=any(service.tracing for service in settings.services(name).values()),
            removal_policy=removal_policy,
            termination_protection=protected,
        )
        network = network_stack.network
        cluster_stack = ClusterStack(
            self,
            "Cluster",
            names=names,
            environment=environment,
            network=network,
            removal_policy=removal_policy,
            termination_protection=protected,
        )
        observability = ObservabilityStack(
            self,
            "Observability",
            names=names,
            environment=environment,
            services=settings.services(name),
            cost_tags=cost_tags_of(settings.application, name),
            removal_policy=removal_policy,
            runbooks=runbooks,
            termination_protection=protected,
        )
        releases = ReleasesStack(
            self,
            "Releases",
            names=names,
            environment=environment,
            removal_policy=removal_policy,
            runbooks=runbooks,
            termination_protection=protected,
        )
        # It knows the topic by name, as the services do, and an alarm that one of its own names.
        releases.add_stack_dependency(observability)
        services: dict[str, ServiceStack] = {}
        for service in settings.services(name).values():
            stack = ServiceStack(
                self,
                service.name.title(),
                names=names,
                environment=environment,
                tooling=settings.tooling(name),
                service=service,
                wanted=current_values(settings, name, service),
                created_with=creation_values(settings, name, service),
                urls={url_variable(each): settings.url(name, each) for each in service.calls},
                digest=digests.get(service.name, ZERO_DIGEST),
                collector=settings.application.images.collector,
                network=network,
                entrances=network_stack.entrances,
                host=settings.host(name, service.name),
                url=settings.url(name, service.name),
                cluster=cluster_stack.cluster,
                removal_policy=removal_policy,
                runbooks=runbooks,
                termination_protection=protected,
            )
            # The Tags of an app do not reach into a stage, and no tag may reach the ECS service:
            # CloudFormation can't change one that CodeDeploy owns.
            cdk.Tags.of(stack).add(
                "slipway:service", service.name, exclude_resource_types=["AWS::ECS::Service"]
            )
            # Its alarms know the topic by name: whoever is called must be there first. And nothing
            # is released without what carries a release to its end.
            stack.add_stack_dependency(observability)
            stack.add_stack_dependency(releases)
            services[service.name] = stack
        for service in settings.services(name).values():
            for called in service.calls:
                services[service.name].call(services[called])
        tags = cdk.Tags.of(self)
        for key, value in tags_of(settings.application, name).items():
            tags.add(key, value, exclude_resource_types=["AWS::ECS::Service"])
