"""How a service's traces are collected, where it has any."""

from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from slipway.settings import Names, Service
from slipway.settings.image_reference import place_of
from slipway_constructs.tracing import Tracing
from slipway_constructs.values import arn


def tracing_of(
    scope: Construct, names: Names, service: Service, *, collector: str | None
) -> Tracing | None:
    """Give the collector that a service asks for; None if it asks for none.

    Parameters
    ----------
    scope
        The service's stack.
    names, service
        The settings.
    collector
        The collector's image, by digest; settings see to it that there is one.
    """
    if service.tracing is None or collector is None:
        return None
    repository = _repository(scope, collector)
    return Tracing(
        image=ecs.ContainerImage.from_ecr_repository(repository, collector.partition("@")[2])
        if repository
        else ecs.ContainerImage.from_registry(collector),
        repository=repository,
        cpu=service.tracing.cpu,
        memory_mib=service.tracing.memory,
        sampled_percent=service.tracing.sampled_percent,
        service=service.name,
        environment=names.environment,
        application=names.application,
        log_group_name=names.log_group(service.name),
    )


def _repository(scope: Construct, image: str) -> ecr.IRepository | None:
    """Refer to the repository of ECR that an image is in; None for a public registry."""
    place = place_of(image)
    if place is None:
        return None
    account, region, name = place
    return ecr.Repository.from_repository_attributes(
        scope,
        "CollectorRepository",
        repository_name=name,
        repository_arn=arn(scope, "ecr", f"repository/{name}", region=region, account=account),
    )
