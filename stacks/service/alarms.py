"""The alarms of a service: those that stop a release, and those that call people."""

from constructs import Construct

from slipway.settings import Names, Service
from slipway_constructs.alarms import LatencyLimit, ReleaseAlarms
from slipway_constructs.blue_green import BlueGreenService
from slipway_constructs.canary import Canary
from slipway_constructs.composite_alarms import (
    call_when_callers_notice,
    call_when_tasks_are_missing,
)
from slipway_constructs.listeners import Listeners
from slipway_constructs.runbooks import Runbooks
from slipway_constructs.values import arn
from stacks.service.names import alarm_prefix, hook_functions


def add_alarms(
    scope: Construct,
    names: Names,
    service: Service,
    *,
    listeners: Listeners,
    blue_green: BlueGreenService,
    on_ec2: bool,
    canary: Canary | None,
    runbooks: Runbooks,
) -> ReleaseAlarms:
    """Add the alarms over both target groups and the hooks, as the settings limit them.

    Those who are called hear of the canary's failures, too.
    """
    settings = service.deployment.alarms
    latency = settings.latency
    load_balancer = listeners.load_balancer.full_name
    alarms = ReleaseAlarms(
        scope,
        "Alarms",
        name_prefix=alarm_prefix(names, service),
        load_balancer=load_balancer,
        target_groups=blue_green.target_group_names,
        hook_functions=list(hook_functions(names, service).values()),
        server_errors=settings.server_errors,
        latency=(
            LatencyLimit(percentile=latency.percentile, threshold=latency.threshold)
            if latency
            else None
        ),
        runbooks=runbooks,
    )
    # By its name: the topic's stack looks at this one, and comes after it.
    topic = arn(scope, "sns", names.notifications)
    call_when_callers_notice(
        alarms,
        from_outside=[canary.alarm.attr_arn] if canary else [],
        notifications=topic,
        runbooks=runbooks,
    )
    call_when_tasks_are_missing(
        alarms,
        cluster_name=names.cluster,
        service_name=service.name,
        load_balancer=load_balancer,
        target_groups=list(blue_green.target_group_names.values()),
        capacity_alarm=names.capacity_alarm if on_ec2 else None,
        notifications=topic,
        runbooks=runbooks,
    )
    return alarms
