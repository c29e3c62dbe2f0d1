"""How many tasks a service has: more under load, none while the office is closed."""

from slipway.settings import Environment, Service
from slipway_constructs.blue_green import BlueGreenService
from stacks.hours import office_hours_of


def add_scaling(
    blue_green: BlueGreenService, *, environment: Environment, service: Service
) -> None:
    """Scale the tasks on their CPU, during the environment's office hours if it keeps any."""
    blue_green.scale_on_cpu(
        min_tasks=service.scaling.min,
        max_tasks=service.scaling.max,
        target_percent=service.scaling.cpu_percent,
        hours=office_hours_of(environment),
    )
