"""How many tasks a service has: more under load, none while the office is closed."""

from slipway.settings import Environment, Service
from slipway_constructs.blue_green import BlueGreenService, Hours


def add_scaling(
    blue_green: BlueGreenService, *, environment: Environment, service: Service
) -> None:
    """Scale the tasks on their CPU, during the environment's office hours if it keeps any."""
    blue_green.scale_on_cpu(
        min_tasks=service.scaling.min,
        max_tasks=service.scaling.max,
        target_percent=service.scaling.cpu_percent,
        hours=_hours(environment),
    )


def _hours(environment: Environment) -> Hours | None:
    office_hours = environment.office_hours
    if office_hours is None:
        return None
    return Hours(
        days=office_hours.days,
        start=office_hours.opening,
        end=office_hours.closing,
        time_zone=office_hours.time_zone,
    )
