"""``environments/<name>.yaml``: where the services run."""

import ipaddress
import re
from datetime import timedelta
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from slipway.settings.application import Account
from slipway.settings.errors import RuleError
from slipway.settings.model import Model
from slipway.settings.units import Duration, format_duration

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


class Network(Model):
    """The network of an environment."""

    cidr: str
    """The IPv4 addresses of the VPC, between /16 and /20."""
    nat: Literal["none", "single", "per-zone"] = "per-zone"
    """NAT gateways: none, one for all zones, or one in each zone."""

    @field_validator("cidr")
    @classmethod
    def _room_for_the_subnets(cls, cidr: str) -> str:
        expected = "must be an IPv4 network between /16 and /20, such as 10.0.0.0/16"
        try:
            network = ipaddress.IPv4Network(cidr, strict=False)
        except ValueError:
            raise RuleError(f"{expected}, not {cidr!r:.60}") from None
        if not 16 <= network.prefixlen <= 20:
            raise RuleError(
                f"{expected}: a VPC holds no more than a /16, and public, private and isolated "
                f"subnets have to fit into every zone (it is a /{network.prefixlen})"
            )
        if str(network) != cidr:
            raise RuleError(f"must be the network itself: {network}, not {cidr}")
        return cidr


class Ec2Capacity(Model):
    """The Auto Scaling group behind the EC2 capacity provider."""

    instance_types: tuple[str, ...] = Field(min_length=1)
    """Instance types to choose from: of one architecture, and able to trunk network interfaces."""
    min: int = Field(default=0, ge=0)
    """The fewest instances."""
    max: int = Field(default=4, ge=0)
    """The most instances; blue/green needs room for twice the tasks."""

    @field_validator("instance_types")
    @classmethod
    def _instance_types(cls, instance_types: tuple[str, ...]) -> tuple[str, ...]:
        for index, instance_type in enumerate(instance_types):
            if not re.fullmatch(r"[a-z][a-z0-9-]*\.[a-z0-9-]+", instance_type):
                raise RuleError(
                    f"must be an instance type, such as m6i.large, not {instance_type!r:.60}",
                    at=(index,),
                )
        return instance_types

    @field_validator("max")
    @classmethod
    def _at_least_min(cls, maximum: int, info: ValidationInfo) -> int:
        minimum = info.data.get("min", maximum)
        if maximum < minimum:
            raise RuleError(f"must be at least {{here}}min ({maximum} < {minimum})")
        return maximum


class EnvironmentCapacity(Model):
    """What the cluster runs tasks on, beside Fargate and Fargate Spot."""

    ec2: Ec2Capacity
    """The Auto Scaling group behind the EC2 capacity provider."""


class Notifications(Model):
    """Who hears of alarms."""

    email: tuple[str, ...] = ()
    """E-mail addresses; AWS asks each to confirm before it sends anything else."""

    @field_validator("email")
    @classmethod
    def _addresses(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        for index, address in enumerate(addresses):
            if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", address):
                raise RuleError(
                    f"must be an e-mail address, such as team@example.com, not {address!r:.60}",
                    at=(index,),
                )
            if address in addresses[:index]:
                raise RuleError(f"must not list {address} twice", at=(index,))
        return addresses


class EnvironmentFile(Account):
    """An environment, as its file describes it."""

    availability_zones: tuple[str, ...] = Field(min_length=2, max_length=4)
    """Two to four zones of the region; listed, so that synthesis never asks AWS. Add at the end."""
    tooling: Account | None = None
    """The account of the image registry, where it is not the application's."""
    network: Network
    """The network."""
    capacity: EnvironmentCapacity
    """What the cluster runs tasks on."""
    notifications: Notifications = Notifications()
    """Who hears of alarms."""
    log_retention: Duration = timedelta(days=30)
    """How long logs are kept: one of the periods that CloudWatch Logs offers."""
    removal_policy: Literal["destroy", "retain"] = "retain"
    """What happens to data when its stack is deleted."""

    @field_validator("availability_zones")
    @classmethod
    def _zones_of_the_region(cls, zones: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        region = info.data.get("region")
        for index, zone in enumerate(zones):
            if region and not re.fullmatch(f"{region}[a-z]", zone):
                raise RuleError(
                    f"must be a zone of {region}, such as {region}a, not {zone!r:.60}", at=(index,)
                )
            if zone in zones[:index]:
                raise RuleError(f"must not list {zone} twice", at=(index,))
        return zones

    @field_validator("log_retention")
    @classmethod
    def _offered_by_cloudwatch(cls, retention: timedelta) -> timedelta:
        if retention not in {timedelta(days=days) for days in LOG_RETENTION_DAYS}:
            offered = ", ".join(f"{days}d" for days in LOG_RETENTION_DAYS)
            raise RuleError(
                f"must be a period that CloudWatch Logs offers, not {format_duration(retention)}: "
                f"{offered}"
            )
        return retention


class Environment(EnvironmentFile):
    """An environment: its file and its name."""

    name: str
    """The name of its file."""
