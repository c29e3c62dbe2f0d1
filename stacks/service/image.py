"""The image that a service runs, and the repository that it is pulled from."""

from aws_cdk import Annotations
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from slipway.settings import Account, Names, Service
from slipway_constructs.values import arn
from stacks.images import ZERO_DIGEST


def import_repository(
    scope: Construct, names: Names, service: Service, *, tooling: Account
) -> ecr.IRepository:
    """Refer to the service's repository, which stands in the tooling account."""
    name = names.repository(service.name)
    return ecr.Repository.from_repository_attributes(
        scope,
        "Repository",
        repository_name=name,
        repository_arn=arn(
            scope, "ecr", f"repository/{name}", region=tooling.region, account=tooling.account
        ),
    )


def container_image(
    scope: Construct, service: Service, *, repository: ecr.IRepository, digest: str | None
) -> ecs.ContainerImage:
    """Give the image by its digest, from wherever the settings say that it is.

    A service that was not built yet can be synthesised: the error on its stack keeps
    ``cdk deploy`` from deploying it. None is a service whose image comes later: the pipeline that
    synthesises it changes itself next, and starts again before it deploys anything.
    """
    if service.image is not None:
        return ecs.ContainerImage.from_registry(service.image)
    if digest == ZERO_DIGEST:
        Annotations.of(scope).add_error(
            f"{service.name} has no image yet: build it and put its digest into "
            "build/images.json before you deploy"
        )
    if digest is None:
        Annotations.of(scope).add_info(
            f"{service.name} has no image yet: the pipeline makes its repository, and starts again"
        )
    return ecs.ContainerImage.from_ecr_repository(repository, digest or ZERO_DIGEST)
