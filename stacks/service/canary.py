"""Who asks a service from outside, where anybody does."""

from constructs import Construct

from slipway.settings import Names, Service
from slipway_constructs.canary import Canary
from slipway_constructs.runbooks import Runbooks
from stacks.service.data_protection import DataProtection
from stacks.service.names import canary_name


def add_canary(
    scope: Construct,
    names: Names,
    service: Service,
    *,
    url: str,
    data_protection: DataProtection,
    runbooks: Runbooks,
) -> Canary | None:
    """Add the canary that the settings ask for, if they do.

    Parameters
    ----------
    scope
        The service's stack.
    names, service
        The settings.
    url
        Where the service is reached from outside, without a path.
    data_protection
        The key of its results.
    runbooks
        Where the page on its alarm is.
    """
    if (canary := service.canary) is None:
        return None
    return Canary(
        scope,
        "Canary",
        name=canary_name(names, service),
        url=f"{url}{canary.path}",
        expected_body=canary.body,
        timeout=canary.timeout,
        interval=canary.interval,
        failures=canary.failures,
        runtime=canary.runtime,
        encryption=data_protection.encryption,
        runbooks=runbooks,
    )
