"""How a service's data is kept: under which key, for how long, and what outlives the stack."""

from dataclasses import dataclass
from datetime import timedelta

from aws_cdk import RemovalPolicy
from constructs import Construct

from slipway.settings import Environment, Names, Service
from slipway_constructs.encryption import EncryptionKey
from slipway_constructs.logs import function_log_group
from stacks.service.names import hook_functions


@dataclass(frozen=True, kw_only=True)
class DataProtection:
    """What every log group and secret of one service has in common.

    Parameters
    ----------
    encryption
        The key that encrypts them.
    log_retention
        How long log events are kept.
    removal_policy
        What happens to logs, keys and secrets when the stack goes.
    """

    encryption: EncryptionKey
    log_retention: timedelta
    removal_policy: RemovalPolicy


def add_data_protection(
    scope: Construct,
    names: Names,
    service: Service,
    *,
    environment: Environment,
    removal_policy: RemovalPolicy,
) -> DataProtection:
    """Add the service's key, which encrypts the logs of its tasks and of its functions."""
    functions = (
        names.traffic_rule_function(service.name),
        *hook_functions(names, service).values(),
    )
    encryption = EncryptionKey(
        scope,
        "Encryption",
        alias=names.key_alias(service.name),
        removal_policy=removal_policy,
        log_groups=[names.log_group(service.name), *map(function_log_group, functions)],
    )
    return DataProtection(
        encryption=encryption,
        log_retention=environment.log_retention,
        removal_policy=removal_policy,
    )
