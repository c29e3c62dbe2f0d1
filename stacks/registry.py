"""The Registry stack: one image repository per service, for every environment that pulls."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import RemovalPolicy, Stack, Tags
from constructs import Construct

from slipway.settings import Application
from slipway_constructs.encryption import EncryptionKey
from slipway_constructs.repository import ImageRepository


class RegistryStack(Stack):
    """The repositories, in the tooling account.

    A stack of its own and never part of an environment: images must exist before the first
    environment does, and outlive each.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        stack_name: str,
        application: Application,
        services: Sequence[str],
        pull_accounts: Sequence[str],
        removal_policy: RemovalPolicy,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id_, stack_name=stack_name, **kwargs)
        encryption = EncryptionKey(
            self,
            "Encryption",
            alias=stack_name,
            removal_policy=removal_policy,
        )
        for service in services:
            repository = ImageRepository(
                self,
                service,
                name=f"{application.application}/{service}",
                encryption_key=encryption,
                pull_accounts=pull_accounts,
                puller_tags={
                    "slipway:application": application.application,
                    "slipway:service": service,
                },
                removal_policy=removal_policy,
            )
            Tags.of(repository).add("slipway:service", service)
