"""What people look at: a service's dashboard, what its logs count, and saved queries of them."""

from functools import partial

from constructs import Construct

from slipway.settings import Names, Service
from slipway_constructs.blue_green import BlueGreenService
from slipway_constructs.dashboard import ObservedService, ServiceDashboard
from slipway_constructs.listeners import Listeners
from slipway_constructs.log_metrics import LEVELS, count_problems
from slipway_constructs.log_queries import LogQueries
from slipway_constructs.task import Task
from stacks.service.names import (
    alarms_from_outside,
    calling_alarms,
    hook_functions,
    release_alarms,
)


def add_observability(
    scope: Construct,
    names: Names,
    service: Service,
    *,
    listeners: Listeners,
    blue_green: BlueGreenService,
    task: Task,
) -> None:
    """Add the dashboard, what counts in the logs, and the saved queries."""
    name, observability = service.name, Construct(scope, "Observability")
    observed = ObservedService(
        cluster_name=names.cluster,
        service_name=name,
        load_balancer=listeners.load_balancer.full_name,
        target_groups=blue_green.target_group_names,
        hook_functions=hook_functions(names, service),
        log_group=names.log_group(name),
        levels=LEVELS,
        alarm_names=[
            *calling_alarms(names, name),
            *alarms_from_outside(names, service),
            *release_alarms(names, service),
        ],
    )
    count_problems(
        observability,
        "Problems",
        # A reference: the filter comes after the log group.
        log_group=task.log_group.log_group_name,
        cluster_name=names.cluster,
        service_name=name,
    )
    ServiceDashboard(observability, "Dashboard", name=names.dashboard(name), service=observed)
    LogQueries(
        observability,
        "Queries",
        name=partial(names.log_query, name),
        log_group=observed.log_group,
        hook_functions=observed.hook_functions,
    )
