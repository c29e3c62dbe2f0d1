"""The names by which parts of a service know each other before they exist.

Hooks ask about the alarms, and an alarm watches the hooks: neither needs the other to be there.
"""

from slipway.settings import Names, Service
from slipway_constructs.alarms import release_alarm_names
from slipway_constructs.blue_green import COLORS, LIFECYCLE_EVENTS
from slipway_constructs.canary import canary_alarm_name


def hook_functions(names: Names, service: Service) -> dict[str, str]:
    """Give the hooks' Lambda functions, by lifecycle event."""
    return {event: names.hook_function(service.name, event) for event in LIFECYCLE_EVENTS}


def alarm_prefix(names: Names, service: Service) -> str:
    """Give what the names of the release alarms begin with."""
    return names.family(service.name)


def release_alarms(names: Names, service: Service) -> list[str]:
    """Give the CloudWatch alarms that stop a release."""
    return release_alarm_names(
        alarm_prefix(names, service), COLORS, latency=service.deployment.alarms.latency is not None
    )


def canary_name(names: Names, service: Service) -> str:
    """Give the canary, where the service has one."""
    return names.family(service.name)


def alarms_from_outside(names: Names, service: Service) -> list[str]:
    """Give the CloudWatch alarms on what is asked as clients ask: that of the canary, or none."""
    return [canary_alarm_name(canary_name(names, service))] if service.canary else []


def calling_alarms(names: Names, service: str) -> list[str]:
    """Give the CloudWatch alarms of a service that call people."""
    return [f"{names.family(service)}-{what}" for what in ("traffic", "tasks")]
