"""``environments/<name>.lock.yaml``: what each ECS service was created with.

An ECS service under CodeDeploy refuses changes of its template. So the template keeps these
values for as long as the service lives, whatever the settings say later; what the settings say
reaches the service with its next release.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml
from pydantic import Field

from slipway.settings.errors import SettingsError
from slipway.settings.model import Model
from slipway.settings.project import Settings
from slipway.settings.service import Placement, Service
from slipway.settings.source import Location, read
from slipway.settings.validation import validate

_HEADER = """\
# What each ECS service of this environment was created with.
# CloudFormation can't change these on a service that CodeDeploy releases, so the templates keep
# them; today's settings take effect with the next release. Slipway adds an entry for each new
# service. Commit this file, and don't edit it.

"""


# What neither CloudFormation nor a release can change, and where the settings say it: the target
# groups and the ECS service were created with it, and a target group stays on one load balancer.
_FIXED: Mapping[str, Location] = {
    "port": ("port",),
    "placement": ("placement",),
    "execute_command": ("execute_command",),
    "load_balancer": ("load_balancer", "shared"),
    "scheme": ("load_balancer", "scheme"),
}

# The capacity providers that every cluster has.
_OF_AWS = ("FARGATE", "FARGATE_SPOT")

# The load balancer of a service that shares none.
_OWN = "own"


class CapacityProviderStrategyItem(Model):
    """A capacity provider's share of the tasks, as ECS names it."""

    capacity_provider: str
    """FARGATE, FARGATE_SPOT, or the name of the EC2 capacity provider."""
    base: int
    """How many tasks it runs before the weights count."""
    weight: int
    """Its share of the tasks beyond the bases."""


class CreationValues(Model):
    """What an ECS service is created with and its template may never change."""

    availability_zones: tuple[str, ...]
    """The zones whose subnets it is in."""
    capacity_provider_strategy: tuple[CapacityProviderStrategyItem, ...]
    """What its tasks run on."""
    port: int
    """Where the containers listen."""
    desired_count: int
    """How many tasks it starts with; scaling owns the number afterwards."""
    platform_version: str | None = None
    """The Fargate platform version; none on EC2."""
    placement: Placement | None = None
    """How tasks are placed on EC2 instances; none on Fargate."""
    execute_command: bool = False
    """Whether ECS Exec works in its tasks."""
    load_balancer: str | None = None
    """The load balancer that it shares, or own."""
    scheme: str | None = None
    """Who can reach that."""
    cidr: str | None = None
    """The addresses of the network that it is in."""


class Lock(Model):
    """The lock of one environment."""

    services: dict[str, CreationValues] = Field(default_factory=dict)
    """By name of the service."""


def current_values(settings: Settings, environment: str, service: Service) -> CreationValues:
    """Return the values that a service would be created with today.

    Parameters
    ----------
    environment
        The environment's name.
    """
    capacity, place = service.capacity, settings.environment(environment)
    fargate, fargate_spot = _OF_AWS
    providers = {
        fargate: capacity.fargate,
        fargate_spot: capacity.fargate_spot,
        settings.names(environment).ec2_capacity_provider: capacity.ec2,
    }
    return CreationValues(
        availability_zones=place.availability_zones,
        capacity_provider_strategy=tuple(
            CapacityProviderStrategyItem(
                capacity_provider=provider, base=share.base, weight=share.weight
            )
            for provider, share in providers.items()
            if share
        ),
        port=service.port,
        desired_count=service.scaling.min,
        platform_version=service.platform_version,
        placement=service.instance_placement,
        execute_command=service.execute_command,
        load_balancer=service.load_balancer.shared or _OWN,
        scheme=service.load_balancer.scheme,
        cidr=place.network.cidr,
    )


def creation_values(settings: Settings, environment: str, service: Service) -> CreationValues:
    """Return what a service was created with, or would be today if it is new.

    Raises
    ------
    SettingsError
        If the settings ask for a change that neither CloudFormation nor a release can make.
    """
    today = current_values(settings, environment, service)
    locked = read_lock(settings.root, environment).services.get(service.name, today)
    mistakes = list(_impossible_changes(settings, environment, service, locked, today))
    if mistakes:
        raise SettingsError(mistakes)
    return locked


def check_entries(settings: Settings, environment: str) -> None:
    """Check that the services of an environment can still be what they were created with.

    Raises
    ------
    SettingsError
        With all changes that neither CloudFormation nor a release can make.
    """
    locked = read_lock(settings.root, environment).services
    mistakes = [
        mistake
        for service in settings.services(environment).values()
        if service.name in locked
        for mistake in _impossible_changes(
            settings,
            environment,
            service,
            locked[service.name],
            current_values(settings, environment, service),
        )
    ]
    if mistakes:
        raise SettingsError(mistakes)


def _impossible_changes(
    settings: Settings,
    environment: str,
    service: Service,
    locked: CreationValues,
    today: CreationValues,
) -> Iterator[str]:
    place = settings.place(environment)
    file = _file(environment)
    for key, location in _FIXED.items():
        created, wanted = (getattr(values, key) for values in (locked, today))
        if None not in (created, wanted) and created != wanted:
            message = (
                f"must stay {_text(created)} in {environment}, not {_text(wanted)}: the ECS "
                f"service{{}} was created with it, and neither CloudFormation nor a release can "
                f"change it; make a new service instead, or delete its entry from {file}, if it "
                "was never deployed"
            )
            shared = service.load_balancer.shared
            if key == "scheme" and shared and shared == locked.load_balancer:
                # Said once for all services that share it.
                where = ("load_balancers", shared, "scheme")
                yield place.mistake(where, message.format(f" {service.name}"))
            else:
                yield place.mistake_of(service.name, location, message.format(""))
    provider = settings.names(environment).ec2_capacity_provider
    for item in locked.capacity_provider_strategy:
        if item.capacity_provider not in (*_OF_AWS, provider):
            line = read(settings.root, file).root.nearest(("services", service.name)).node.line
            yield (
                f"{file}:{line}: services.{service.name} was created on {item.capacity_provider}, "
                f"and the EC2 capacity provider of this environment is {provider}: give "
                "application and environment their old names; or delete this file, if nothing of "
                "it was ever deployed"
            )
    # A zone's place in the list decides its subnets' addresses, and the service is in those.
    zones = locked.availability_zones
    if today.availability_zones[: len(zones)] != zones:
        yield place.mistake(
            ("availability_zones",),
            f"must begin with {', '.join(zones)}: services were created in them; add zones at the "
            f"end, or delete {file}, if nothing of it was ever deployed",
        )
    # Other addresses are another VPC, and stacks of services hold on to this one.
    if None not in (locked.cidr, today.cidr) and locked.cidr != today.cidr:
        yield place.mistake(
            ("network", "cidr"),
            f"must stay {locked.cidr}, not {today.cidr}: services were created in it, and "
            "CloudFormation can't replace a network that is in use; make a new environment "
            f"instead, or delete {file}, if nothing of it was ever deployed",
        )


def _text(value: object) -> str:
    """Write a value as YAML does."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def read_lock(root: Path, environment: str) -> Lock:
    """Return the lock of an environment; an empty one if the file doesn't exist yet.

    Raises
    ------
    SettingsError
        If the file is not as it was written.
    """
    file = _file(environment)
    return validate(Lock, read(root, file)) if (root / file).exists() else Lock()


def missing_entries(settings: Settings, environment: str) -> tuple[str, ...]:
    """Return the names of the services that the environment's lock doesn't hold yet."""
    locked = read_lock(settings.root, environment).services
    return tuple(name for name in settings.services(environment) if name not in locked)


def entries_without_a_service(settings: Settings, environment: str) -> tuple[str, ...]:
    """Return the names that the environment's lock holds and that no folder has any more."""
    services = settings.services(environment)
    return tuple(
        name for name in read_lock(settings.root, environment).services if name not in services
    )


def write_missing_entries(settings: Settings, environment: str) -> tuple[str, ...]:
    """Lock the values of new services, and return their names.

    An entry that exists is never changed, and one whose service is gone never removed: its stack
    may still be there. The file is replaced in one step, or left alone if nothing is missing.

    Raises
    ------
    SettingsError
        If the file can't be read or written.
    """
    missing = missing_entries(settings, environment)
    if missing:
        services = settings.services(environment)
        entries = {name: current_values(settings, environment, services[name]) for name in missing}
        locked = read_lock(settings.root, environment).services
        _write(settings.root, environment, Lock(services={**locked, **entries}))
    return missing


def _file(environment: str) -> str:
    return f"environments/{environment}.lock.yaml"


def _write(root: Path, environment: str, lock: Lock) -> None:
    path = root / _file(environment)
    text = _HEADER + yaml.safe_dump(lock.model_dump(mode="json", exclude_none=True))
    unfinished = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise SettingsError(
            [f"{_file(environment)}:1: cannot be written: {error.strerror}"]
        ) from None
