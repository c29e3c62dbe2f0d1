"""What an environment consists of, as its templates say: the model of its picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from slipway.diagram.templates import Resource

TIERS = ("Public", "Private", "Isolated")
"""The kinds of subnets, as the CDK tags them; the outermost first."""

ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True)
class Listener:
    """A port of a load balancer."""

    resource: Resource
    protocol: str
    port: int
    redirects_to: str | None
    is_test: bool

    @property
    def label(self) -> str:
        """Such as ``HTTPS 443``."""
        if self.redirects_to:
            return f"{self.port} → {self.redirects_to}"
        label = f"{self.protocol} {self.port}"
        return f"{label} test" if self.is_test else label


@dataclass(frozen=True)
class Secret:
    """A secret that a task gets."""

    source: str
    """The secret's resource; the task definition's where the secret is of elsewhere."""
    name: str


@dataclass(frozen=True, kw_only=True)
class Service:
    """An ECS service, and what stands around it."""

    resource: Resource
    name: str
    tier: str
    """Of the subnets in which its tasks are."""
    runs_on: str
    """``Fargate``, ``EC2`` or both kinds of Fargate."""
    size: str
    tasks: str
    secrets: tuple[Secret, ...]
    log_group: Resource | None
    target_groups: tuple[Resource, ...]
    """Blue and green."""
    load_balancer: Resource | None
    port: int | None
    """The port of the load balancer that leads to it."""
    hooks: tuple[Resource, ...]
    """The functions that CodeDeploy asks during its releases."""
    sidecars: tuple[str, ...]
    """Containers that run beside its own, in each task."""
    canary: Resource | None
    """What asks it from outside, again and again."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """A load balancer with the services behind it; either may be missing."""

    load_balancer: Resource | None
    public: bool = False
    tier: str = "Private"
    names: tuple[tuple[str, str], ...] = ()
    """What it is called in DNS, each with the record that says so."""
    firewall: Resource | None = None
    listeners: tuple[Listener, ...] = ()
    admits: tuple[str, ...] = ()
    """Addresses that may come, besides those of security groups."""
    services: tuple[Service, ...] = ()

    @property
    def label(self) -> str:
        """What it is called."""
        if self.names:
            return self.names[0][0]
        return self.services[0].name if len(self.services) == 1 else "load balancer"

    @property
    def lets_clients_in(self) -> bool:
        """Whether addresses of the internet reach it."""
        return self.public and bool(self.admits)


@dataclass(frozen=True)
class Call:
    """A way from a service to a load balancer that its security group opens."""

    resource: Resource
    caller: Resource
    callee: Resource


@dataclass(frozen=True)
class Zone:
    """An availability zone: the subnet of each tier, and the NAT gateway in it."""

    name: str
    subnets: Mapping[str, Resource]
    nat: Mapping[str, Resource]


@dataclass(frozen=True, kw_only=True)
class Network:
    """A VPC, and its ways out."""

    vpc: Resource | None
    internet_gateway: Resource | None
    zones: tuple[Zone, ...]
    endpoints: tuple[tuple[str, Resource], ...]
    """What they lead to: ``ecr.api``."""


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """An ECS cluster, and what tasks run on there."""

    resource: Resource
    name: str
    providers: tuple[str, ...]
    """``Fargate`` and ``Fargate Spot``."""
    groups: tuple[tuple[str, Resource], ...]
    """Auto Scaling groups of instances, each with what it consists of."""


@dataclass(frozen=True, kw_only=True)
class Aside:
    """What stands beside the VPC: alarms and whom they tell, budgets, logs, events, names."""

    alarms: tuple[Resource, ...]
    topics: tuple[tuple[Resource, tuple[Resource, ...]], ...]
    """Each with its subscriptions."""
    chats: tuple[Resource, ...]
    """Channels of Slack or Teams."""
    budgets: tuple[Resource, ...]
    log_groups: tuple[Resource, ...]
    flow_logs: tuple[Resource, ...]
    rules: tuple[Resource, ...]
    hosted_zones: tuple[Resource, ...]


@dataclass(frozen=True, kw_only=True)
class Estate:
    """An environment."""

    account: str
    region: str
    network: Network
    cluster: Cluster | None
    blocks: tuple[Block, ...]
    """Callers before whom they call."""
    calls: tuple[Call, ...]
    aside: Aside

    @property
    def services(self) -> tuple[Service, ...]:
        """All services, in the order of their blocks."""
        return tuple(service for block in self.blocks for service in block.services)
