"""The Registry stack: one image repository per service, for every environment that pulls."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import RemovalPolicy, Stack, Tags
from constructs import Construct

from slipway.settings import Application, PipelineNames
from slipway.settings.pipeline import Images
from slipway_constructs.base_image_cache import BaseImageCache
from slipway_constructs.encryption import EncryptionKey
from slipway_constructs.image_scanning import EnhancedScanning
from slipway_constructs.image_signing import ImageSigning
from slipway_constructs.repository import ImageRepository


class RegistryStack(Stack):
    """The repositories, in the tooling account.

    A stack of its own and never part of an environment: images must exist before the first
    environment does, and outlive each.

    An account's registry has one kind of scanning, one configuration of signing and one cache rule
    a prefix, in each region. They are rules for all that is in the registry, whoever made it. So
    settings ask for them (``images`` in ``slipway.yaml``), and none is there by default.

    Parameters
    ----------
    images
        Which of the registry's rules there are.
    tags_of_cached
        The tags of repositories that the registry makes by itself: no stack's tags reach them.

    Attributes
    ----------
    signing
        The rule that signs images, where there is one.
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
        images: Images,
        tags_of_cached: Mapping[str, str],
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
        ours = f"{application.application}/*"
        if images.scanning == "enhanced":
            EnhancedScanning(self, "Scanning", repositories=ours)
        self.signing = (
            ImageSigning(self, "Signing", repositories=ours, removal_policy=removal_policy)
            if images.signing
            else None
        )
        if images.base_image_cache:
            BaseImageCache(
                self,
                "BaseImages",
                prefix=PipelineNames(application.application).base_image_cache,
                encryption_key=encryption,
                tags=tags_of_cached,
            )
