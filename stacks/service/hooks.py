"""The lifecycle hooks of a service: the checks that a release must pass."""

from itertools import chain
from pathlib import Path
from typing import Any

from aws_cdk import aws_ecr as ecr
from constructs import Construct

from slipway.settings import Names, Service
from slipway.settings.checks import OWN_CHECKS
from slipway_constructs.blue_green import Hooks
from slipway_constructs.listeners import Listeners
from slipway_constructs.network import Network
from stacks.service.data_protection import DataProtection
from stacks.service.names import hook_functions, release_alarms


def add_hooks(
    scope: Construct,
    names: Names,
    service: Service,
    *,
    host: str,
    network: Network,
    listeners: Listeners,
    repository: ecr.IRepository,
    data_protection: DataProtection,
) -> None:
    """Add the functions that CodeDeploy asks before it goes on.

    Parameters
    ----------
    scope
        The service's stack.
    names, service
        The settings.
    host
        The DNS name under which the checks ask for the service.
    network
        Where the functions run.
    listeners
        The way in that they take.
    repository
        Where they look at the image.
    data_protection
        How their logs are kept.
    """
    Hooks(
        scope,
        "Hooks",
        function_names=hook_functions(names, service),
        checks=_checks(service),
        own_checks=_own_checks(service),
        alarm_names=release_alarms(names, service),
        cluster_name=names.cluster,
        service_name=service.name,
        application_name=names.codedeploy_application(service.name),
        group_name=names.deployment_group(service.name),
        listeners=listeners,
        host=host,
        repository=repository,
        vpc=network.vpc,
        subnet_ids=network.private_subnet_ids,
        log_retention=data_protection.log_retention,
        encryption=data_protection.encryption,
        removal_policy=data_protection.removal_policy,
    )


def _checks(service: Service) -> dict[str, list[dict[str, Any]]]:
    return {
        event: [check.declaration() for check in checks]
        for event, checks in service.deployment.checks.items()
    }


def _own_checks(service: Service) -> Path | None:
    """Return the service's checks.py, where it names a function of it."""
    checks = chain.from_iterable(service.deployment.checks.values())
    return service.directory / OWN_CHECKS if any(check.python for check in checks) else None
