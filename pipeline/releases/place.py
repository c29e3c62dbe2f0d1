"""Where the pipeline releases to: an environment's account, with the role that lets it look in."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialProvider,
    CredentialResolver,
    DeferredRefreshableCredentials,
)
from botocore.exceptions import NoCredentialsError

from pipeline.errors import PipelineError
from slipway.release import Aws, Commands, Target
from slipway.release.errors import aws_errors
from slipway.settings import Environment, Names, Service, Settings, load


@dataclass(frozen=True, kw_only=True)
class Place:
    """An environment, with clients of its account."""

    environment: Environment
    names: Names
    services: dict[str, Service]
    aws: Aws

    @property
    def name(self) -> str:
        """The environment's name."""
        return self.environment.name

    def target(self, service: str) -> Target:
        """Read from its stack where a service is released.

        Raises
        ------
        PipelineError
            The environment has no such service.
        TargetError
            The stack is missing, or is not that of a service.
        AwsError
            AWS refuses or can't be reached.
        """
        if service not in self.services:
            raise PipelineError(
                f"There is no service {service} in {self.name}; known: {', '.join(self.services)}"
            )
        return Target.from_stack(
            self.aws.cloudformation,
            self.names.stack(service),
            commands=Commands.in_environment(self.name),
        )

    def tell(self, service: str) -> Callable[[str], None]:
        """Return what tells a sentence about a service of it."""
        return lambda sentence: print(f"{self.name}/{service}: {sentence}", flush=True)


def add_environments(parser: argparse.ArgumentParser) -> None:
    """Declare ``--environment``, once or several times."""
    parser.add_argument(
        "--environment",
        dest="environments",
        action="append",
        required=True,
        metavar="NAME",
        help="an environment; several of one wave, each with its own --environment",
    )


def open_places(environments: Sequence[str]) -> tuple[Settings, list[Place]]:
    """Read the settings of this folder, and make the clients of environments' accounts.

    Raises
    ------
    SettingsError
        The settings are wrong, or there is no such environment.
    AwsError
        A role can't be assumed.
    """
    settings = load(Path.cwd())
    found = [(settings.environment(name), settings.names(name)) for name in environments]
    return settings, [
        Place(
            environment=environment,
            names=names,
            services=settings.services(environment.name),
            aws=Aws.from_session(_assume(environment, names)),
        )
        for environment, names in found
    ]


class _AssumedRole(CredentialProvider):  # type: ignore[misc] # botocore has no types
    """Credentials of a role, new ones whenever they run out.

    A role that a role assumes has an hour, whatever its own maximum is, and a release may wait for
    longer. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    """

    METHOD = "assume-role"

    def __init__(self, role_arn: str, session_name: str, region: str) -> None:
        super().__init__()
        source = botocore.session.Session()
        source.set_config_variable("region", region)
        credentials = source.get_credentials()
        if credentials is None:
            raise NoCredentialsError
        self._fetcher = AssumeRoleCredentialFetcher(
            client_creator=source.create_client,
            source_credentials=credentials,
            role_arn=role_arn,
            extra_args={"RoleSessionName": session_name},
        )

    def load(self) -> Any:
        """Return them."""
        return DeferredRefreshableCredentials(
            method=self.METHOD, refresh_using=self._fetcher.fetch_credentials
        )


def _assume(environment: Environment, names: Names) -> boto3.Session:
    account, region = environment.account, environment.region
    session = botocore.session.Session()
    partition = session.get_partition_for_region(region)
    role = names.observe_role
    with aws_errors(
        f"assume the role {role} of account {account}, which slipway bootstrap "
        f"{environment.name} makes"
    ):
        provider = _AssumedRole(
            f"arn:{partition}:iam::{account}:role/{role}", "pipeline-releases", region
        )
        session.register_component("credential_provider", CredentialResolver([provider]))
        # Now, rather than at the first call: whoever reads the error knows what it is about.
        session.get_credentials().get_frozen_credentials()
        return boto3.Session(botocore_session=session, region_name=region)
