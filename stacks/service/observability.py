"""What people look at: the dashboard of a service, and the saved queries of its logs."""

from functools import partial

from constructs import Construct

from slipway.settings import Names, Service
from slipway_constructs.blue_green import BlueGreenService
from slipway_constructs.dashboard import ObservedService, ServiceDashboard
from slipway_constructs.listeners import Listeners
from slipway_constructs.log_queries import LogQueries
from stacks.service.names import hook_functions, release_alarms


def add_observability(
    scope: Construct,
    names: Names,
    service: Service,
    *,
    listeners: Listeners,
    blue_green: BlueGreenService,
) -> None:
    """Add the dashboard and the saved queries."""
    name, observability = service.name, Construct(scope, "Observability")
    observed = ObservedService(
        cluster_name=names.cluster,
        service_name=name,
        load_balancer=listeners.load_balancer.full_name,
        target_groups=blue_green.target_group_names,
        hook_functions=hook_functions(names, service),
        log_group=names.log_group(name),
        alarm_names=release_alarms(names, service),
    )
    ServiceDashboard(observability, "Dashboard", name=names.dashboard(name), service=observed)
    LogQueries(
        observability,
        "Queries",
        name=partial(names.log_query, name),
        log_group=observed.log_group,
        hook_functions=observed.hook_functions,
    )
