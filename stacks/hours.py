"""When what an environment has runs."""

from slipway.settings import Environment
from slipway_constructs.hours import Hours


def office_hours_of(environment: Environment) -> Hours | None:
    """Give the office hours that an environment keeps; None where everything always runs."""
    office_hours = environment.office_hours
    if office_hours is None:
        return None
    return Hours(
        days=office_hours.days,
        start=office_hours.opening,
        end=office_hours.closing,
        time_zone=office_hours.time_zone,
    )
