"""``environments/<name>.yaml``: where the services run."""

import ipaddress
import re
from datetime import timedelta
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from slipway.settings.application import Account
from slipway.settings.budget import Budget
from slipway.settings.capacity import EnvironmentCapacity
from slipway.settings.errors import RuleError
from slipway.settings.hours import OfficeHours
from slipway.settings.load_balancer import SharedLoadBalancer
from slipway.settings.model import Model, Name, Text, refuse_repeats
from slipway.settings.notifications import Notifications
from slipway.settings.pipeline import Place
from slipway.settings.units import Duration, format_duration

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)

_ENDPOINT = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)*")


_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_CERTIFICATE = re.compile(
    "arn:aws[a-z-]*:acm:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):certificate/[A-Za-z0-9-]+"
)


# Whoever has the other addresses can't be reached from such a network.
# https://www.rfc-editor.org/rfc/rfc1918 and https://www.rfc-editor.org/rfc/rfc6598
_PRIVATE_NETWORKS = tuple(
    map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))
)
# The container instances' own, inside: Docker's bridge.
# https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
_DOCKER_NETWORK = ipaddress.IPv4Network("172.17.0.0/16")


class Network(Model):
    """The network of an environment."""

    cidr: str
    """The IPv4 addresses of the VPC, between /16 and /20."""
    nat: Literal["none", "single", "per-zone"] = "per-zone"
    """NAT gateways: none, one for all zones, or one in each zone."""
    endpoints: tuple[str, ...] = ()
    """Further AWS services to reach without the internet, by endpoint name: sqs, dynamodb, …

    With nat: none, those that Slipway itself needs come by themselves.
    """

    @property
    def addresses(self) -> int:
        """How many addresses the block has."""
        return ipaddress.IPv4Network(self.cidr).num_addresses

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
        if not any(network.subnet_of(private) for private in _PRIVATE_NETWORKS):
            private = ", ".join(map(str, _PRIVATE_NETWORKS))
            raise RuleError(
                f"must be in one of {private}, not {cidr}: other addresses are somebody else's"
            )
        if network.overlaps(_DOCKER_NETWORK):
            raise RuleError(
                f"must be another one than {cidr}: Docker on the container instances uses "
                f"{_DOCKER_NETWORK} itself"
            )
        return cidr

    @field_validator("endpoints")
    @classmethod
    def _endpoint_names(cls, endpoints: tuple[str, ...]) -> tuple[str, ...]:
        for index, name in enumerate(endpoints):
            if not _ENDPOINT.fullmatch(name) or name.startswith("com.amazonaws."):
                raise RuleError(
                    "must be what follows com.amazonaws.<region>. in an endpoint's service name, "
                    f"such as sqs or dynamodb, not {name!r:.60}",
                    at=(index,),
                )
        refuse_repeats(endpoints)
        return endpoints


class Domain(Model):
    """The DNS name and the certificate under which services are reached."""

    name: str
    """The domain: a service is reached at <service>.<name>."""
    hosted_zone_id: str
    """The Route 53 hosted zone in which the services' records are made."""
    certificate: str
    """The ARN of the AWS Certificate Manager certificate for *.<name>, in the environment's
    account and region."""

    @field_validator("name")
    @classmethod
    def _a_domain(cls, name: str) -> str:
        if len(name) > 200 or not re.fullmatch(f"{_LABEL}(\\.{_LABEL})+", name):
            raise RuleError(
                f"must be a domain in lower case, such as shop.example.com, not {name!r:.60}"
            )
        return name

    @field_validator("hosted_zone_id")
    @classmethod
    def _a_hosted_zone(cls, zone: str) -> str:
        if not re.fullmatch("Z[A-Z0-9]{5,31}", zone):
            raise RuleError(
                f"must be the id of a hosted zone, such as Z0123456789, not {zone!r:.60}"
            )
        return zone

    @field_validator("certificate")
    @classmethod
    def _a_certificate(cls, certificate: str) -> str:
        if not _CERTIFICATE.fullmatch(certificate):
            raise RuleError(
                "must be the ARN of a certificate, such as "
                f"arn:aws:acm:<region>:<account>:certificate/<id>, not {certificate!r:.90}"
            )
        return certificate


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
    domain: Domain | None = None
    """The DNS name and the certificate under which services are reached, over TLS alone."""
    plain_http: Text | None = None
    """Why this environment has no domain, and so no TLS: a sentence that an auditor accepts."""
    load_balancers: dict[Name, SharedLoadBalancer] = Field(default_factory=dict)
    """Load balancers that services share, by the name that services call them."""
    notifications: Notifications = Notifications()
    """Who hears of alarms, and of the budget."""
    budget: Budget | None = None
    """What the environment may cost in a month, by its tags."""
    approval: Literal["none", "required"] = "none"
    """Whether somebody has to agree before a release."""
    pipeline: Place | None = None
    """The place in the pipeline; an environment without one is deployed by hand."""
    office_hours: OfficeHours | None = None
    """When services, and the EC2 instances under them, run; where they need not run all the
    time."""
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
        refuse_repeats(zones)
        return zones

    @field_validator("domain")
    @classmethod
    def _a_certificate_of_this_place(
        cls, domain: Domain | None, info: ValidationInfo
    ) -> Domain | None:
        match = _CERTIFICATE.fullmatch(domain.certificate) if domain else None
        for part in ("region", "account"):
            here = info.data.get(part)
            if match and here and match[part] != here:
                raise RuleError(
                    f"must be in the environment's {part} {here}, not {match[part]}: "
                    "a load balancer takes no other",
                    at=("certificate",),
                )
        return domain

    @field_validator("plain_http")
    @classmethod
    def _tls_or_a_reason(cls, reason: str | None, info: ValidationInfo) -> str | None:
        if "domain" not in info.data:
            return reason
        if info.data["domain"] is None and reason is None:
            raise RuleError(
                "must say why this environment has no TLS, as long as domain (with its "
                "certificate) is missing"
            )
        if info.data["domain"] is not None and reason is not None:
            raise RuleError("must go: domain has TLS for every service")
        return reason

    @field_validator("office_hours")
    @classmethod
    def _not_in_production(
        cls, hours: OfficeHours | None, info: ValidationInfo
    ) -> OfficeHours | None:
        if hours and info.data.get("approval") == "required":
            raise RuleError(
                "must go: an environment whose releases need approval is one that people rely on "
                "at any hour"
            )
        return hours

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
