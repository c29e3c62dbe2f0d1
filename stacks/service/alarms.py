"""The alarms of a service: each of them stops a release, and calls people."""

from constructs import Construct

from slipway.settings import Names, Service
from slipway_constructs.alarms import LatencyLimit, ReleaseAlarms
from slipway_constructs.blue_green import BlueGreenService
from slipway_constructs.listeners import Listeners
from slipway_constructs.values import arn
from stacks.service.names import alarm_prefix, hook_functions


def add_alarms(
    scope: Construct,
    names: Names,
    service: Service,
    *,
    listeners: Listeners,
    blue_green: BlueGreenService,
) -> ReleaseAlarms:
    """Add the alarms over both target groups and the hooks, as the settings limit them."""
    settings = service.deployment.alarms
    latency = settings.latency
    return ReleaseAlarms(
        scope,
        "Alarms",
        name_prefix=alarm_prefix(names, service),
        load_balancer=listeners.load_balancer.full_name,
        target_groups=blue_green.target_group_names,
        hook_functions=list(hook_functions(names, service).values()),
        server_errors=settings.server_errors,
        latency=(
            LatencyLimit(percentile=latency.percentile, threshold=latency.threshold)
            if latency
            else None
        ),
        # By its name: the topic's stack looks at this one, and comes after it.
        notifications=arn(scope, "sns", names.notifications),
    )
