"""What an environment's templates say of it: the model of its picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from slipway.changes import AssembledStack
from slipway.diagram import units
from slipway.diagram.templates import Resource, Templates, is_true, text_of

_LOAD_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
_ALARMS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
TIERS = ("Public", "Private", "Isolated")
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
    name: str


@dataclass
class Service:
    """An ECS service, and what stands around it."""

    resource: Resource
    name: str
    runs_on: str
    size: str
    tasks: str
    secrets: list[Secret] = field(default_factory=list)
    log_group: Resource | None = None
    target_groups: list[Resource] = field(default_factory=list)
    task_definition: Resource | None = None
    hooks: list[Resource] = field(default_factory=list)
    """The functions that CodeDeploy asks during its releases."""


@dataclass
class Block:
    """A load balancer with the services behind it; either may be missing."""

    load_balancer: Resource | None
    public: bool
    tier: str
    names: list[tuple[str, str]] = field(default_factory=list)
    """What it is called in DNS, with the record that says so."""
    firewall: Resource | None = None
    listeners: list[Listener] = field(default_factory=list)
    admits: list[str] = field(default_factory=list)
    """Addresses that may come, besides those of security groups."""
    services: list[Service] = field(default_factory=list)

    @property
    def label(self) -> str:
        """What it is called."""
        if self.names:
            return self.names[0][0]
        return self.services[0].name if len(self.services) == 1 else "load balancer"


@dataclass(frozen=True)
class Call:
    """A way from a service to a load balancer that its security group opens."""

    resource: Resource
    caller: Resource
    callee: Resource
    port: str


@dataclass(frozen=True)
class Zone:
    """An availability zone: the addresses of each tier, and NAT."""

    name: str
    subnets: Mapping[str, Resource]
    nat: Mapping[str, Resource]


@dataclass
class Estate:
    """An environment."""

    templates: Templates
    account: str = ""
    region: str = ""
    blocks: list[Block] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    vpc: Resource | None = None
    internet_gateway: Resource | None = None
    zones: list[Zone] = field(default_factory=list)
    endpoints: list[tuple[str, Resource]] = field(default_factory=list)
    cluster: Resource | None = None
    providers: list[str] = field(default_factory=list)
    groups: list[tuple[str, Resource]] = field(default_factory=list)
    """Auto Scaling groups of instances, each with what it consists of."""
    topics: list[tuple[Resource, list[Resource]]] = field(default_factory=list)
    """Topics, each with its subscriptions."""
    alarms: list[Resource] = field(default_factory=list)
    zones_of_names: list[Resource] = field(default_factory=list)
    rules: list[Resource] = field(default_factory=list)

    @property
    def services(self) -> list[Service]:
        """All services, in the order of their blocks."""
        return [service for block in self.blocks for service in block.services]


def read(stacks: Iterable[AssembledStack]) -> Estate:
    """Read an environment from its templates."""
    templates = Templates(stacks)
    estate = Estate(templates)
    _read_network(estate)
    _read_cluster(estate)
    _read_blocks(estate)
    estate.calls = list(_calls(estate))
    estate.blocks = _in_order(estate.blocks, estate.calls)
    estate.alarms = templates.of_type(*_ALARMS)
    estate.topics = [
        (
            topic,
            [
                each
                for each in templates.of_type("AWS::SNS::Subscription")
                if templates.refers_to(each.properties.get("TopicArn"), each.stack) == topic
            ],
        )
        for topic in templates.of_type("AWS::SNS::Topic")
    ]
    estate.zones_of_names = templates.of_type("AWS::Route53::HostedZone")
    estate.rules = templates.of_type("AWS::Events::Rule")
    return estate


def _read_network(estate: Estate) -> None:
    templates = estate.templates
    vpcs = templates.of_type("AWS::EC2::VPC")
    estate.vpc = vpcs[0] if vpcs else None
    stack = estate.vpc.stack if estate.vpc else templates.stacks[0].name
    estate.account, estate.region = templates.place(stack)
    gateways = templates.of_type("AWS::EC2::InternetGateway")
    estate.internet_gateway = gateways[0] if gateways else None
    nat = {
        subnet.source: gateway
        for gateway in templates.of_type("AWS::EC2::NatGateway")
        if (subnet := templates.refers_to(gateway.properties.get("SubnetId"), gateway.stack))
    }
    zones: dict[str, dict[str, Resource]] = {}
    for subnet in templates.of_type("AWS::EC2::Subnet"):
        zone = text_of(subnet.properties.get("AvailabilityZone"))
        zones.setdefault(zone, {})[_tier(subnet)] = subnet
    estate.zones = [
        Zone(
            name,
            subnets,
            {tier: nat[each.source] for tier, each in subnets.items() if each.source in nat},
        )
        for name, subnets in sorted(zones.items())
    ]
    estate.endpoints = sorted(
        (
            (_endpoint_name(endpoint), endpoint)
            for endpoint in templates.of_type("AWS::EC2::VPCEndpoint")
        ),
        key=lambda each: each[0],
    )


def _endpoint_name(endpoint: Resource) -> str:
    """Return what an endpoint leads to: ``ecr.api`` of ``com.amazonaws.eu-west-1.ecr.api``."""
    name = text_of(endpoint.properties.get("ServiceName"))
    parts = [part for part in name.split(".") if part]
    head = 3 if len(parts) > 2 and "-" in parts[2] else 2
    return ".".join(parts[head:]) or name


def _tier(subnet: Resource) -> str:
    tags = {each["Key"]: each["Value"] for each in subnet.properties.get("Tags", ())}
    return str(tags.get("aws-cdk:subnet-type", "Private"))


def _read_cluster(estate: Estate) -> None:
    templates = estate.templates
    clusters = templates.of_type("AWS::ECS::Cluster")
    estate.cluster = clusters[0] if clusters else None
    for association in templates.of_type("AWS::ECS::ClusterCapacityProviderAssociations"):
        for provider in association.properties.get("CapacityProviders", ()):
            if isinstance(provider, str) and provider in _FARGATE:
                estate.providers.append(_FARGATE[provider])
    estate.groups = [
        (_instances(group), group)
        for group in templates.of_type("AWS::AutoScaling::AutoScalingGroup")
    ]


def _instances(group: Resource) -> str:
    """Return which instances a group has, and how they are paid for."""
    properties = group.properties
    size = units.range_of(properties.get("MinSize"), properties.get("MaxSize"))
    mixed = properties.get("MixedInstancesPolicy", {})
    types = [each["InstanceType"] for each in mixed.get("LaunchTemplate", {}).get("Overrides", ())]
    on_demand = mixed.get("InstancesDistribution", {}).get("OnDemandPercentageAboveBaseCapacity")
    paid = {None: "", 100: "on demand", 0: "Spot"}.get(on_demand, f"{on_demand} % on demand")
    return ", ".join(part for part in (f"{size} × {' / '.join(types)}", paid) if part)


_FARGATE = {"FARGATE": "Fargate", "FARGATE_SPOT": "Fargate Spot"}


def _read_blocks(estate: Estate) -> None:
    templates = estate.templates
    blocks = {each.source: _block(estate, each) for each in templates.of_type(_LOAD_BALANCER)}
    routes = _routes(templates)
    for resource in templates.of_type("AWS::ECS::Service"):
        service, balancer = _service(templates, resource), None
        for target in resource.properties.get("LoadBalancers", ()):
            group = templates.refers_to(target.get("TargetGroupArn"), resource.stack)
            if group is not None and group.source in routes:
                balancer, service.target_groups = routes[group.source]
            elif group is not None:
                service.target_groups = [group]
        if balancer is not None and balancer.source in blocks:
            blocks[balancer.source].services.append(service)
        else:
            blocks[resource.source] = Block(None, public=False, tier="Private", services=[service])
    estate.blocks = list(blocks.values())


def _block(estate: Estate, balancer: Resource) -> Block:
    templates, properties = estate.templates, balancer.properties

    def leads_here(value: Any, stack: str) -> bool:
        return templates.refers_to(value, stack) == balancer

    tests = {
        listener.source
        for group in templates.of_type("AWS::CodeDeploy::DeploymentGroup")
        for pair in group.properties.get("LoadBalancerInfo", {}).get("TargetGroupPairInfoList", ())
        for listener in templates.all_referred_to(pair.get("TestTrafficRoute"), group.stack)
    }
    listeners = [
        _listener(each, is_test=each.source in tests)
        for each in templates.of_type(_LISTENER)
        if leads_here(each.properties.get("LoadBalancerArn"), each.stack)
    ]
    subnets = list(templates.all_referred_to(properties.get("Subnets"), balancer.stack))
    public = properties.get("Scheme") == "internet-facing"
    names = [
        (text_of(record.properties["Name"]).rstrip("."), record.source)
        for record in templates.of_type("AWS::Route53::RecordSet")
        if leads_here(record.properties.get("AliasTarget", {}).get("DNSName"), record.stack)
    ]
    firewalls = (
        templates.refers_to(each.properties.get("WebACLArn"), each.stack)
        for each in templates.of_type("AWS::WAFv2::WebACLAssociation")
        if leads_here(each.properties.get("ResourceArn"), each.stack)
    )
    return Block(
        balancer,
        public=public,
        tier=_tier(subnets[0]) if subnets else "Public" if public else "Private",
        names=names,
        firewall=next((each for each in firewalls if each), None),
        listeners=sorted(
            listeners, key=lambda each: (each.is_test, each.redirects_to or "", each.port)
        ),
        admits=sorted(_admitted(templates, balancer)),
    )


def _listener(resource: Resource, *, is_test: bool) -> Listener:
    properties = resource.properties
    redirects = [
        text_of(action["RedirectConfig"].get("Port"))
        for action in properties.get("DefaultActions", ())
        if "RedirectConfig" in action
    ]
    return Listener(
        resource,
        protocol=str(properties.get("Protocol", "HTTP")),
        port=int(properties.get("Port", 0)),
        redirects_to=redirects[0] if redirects else None,
        is_test=is_test,
    )


def _admitted(templates: Templates, balancer: Resource) -> set[str]:
    groups = set(
        each.source
        for each in templates.all_referred_to(
            balancer.properties.get("SecurityGroups"), balancer.stack
        )
    )
    rules: list[Mapping[str, Any]] = [
        rule
        for group in templates.of_type("AWS::EC2::SecurityGroup")
        if group.source in groups
        for rule in group.properties.get("SecurityGroupIngress", ())
    ]
    rules += [
        each.properties
        for each in templates.of_type("AWS::EC2::SecurityGroupIngress")
        if (group := templates.refers_to(each.properties.get("GroupId"), each.stack))
        and group.source in groups
    ]
    return {text_of(rule[key]) for rule in rules for key in ("CidrIp", "CidrIpv6") if rule.get(key)}


def _routes(templates: Templates) -> dict[str, tuple[Resource, list[Resource]]]:
    """Return to which load balancer each target group belongs, and both that take turns there."""
    found: dict[str, tuple[Resource, list[Resource]]] = {}
    for rule in templates.of_type("Custom::TrafficRule"):
        listener = templates.refers_to(rule.properties.get("ListenerArn"), rule.stack)
        balancer = listener and templates.refers_to(
            listener.properties.get("LoadBalancerArn"), listener.stack
        )
        groups = [
            group
            for key in ("TargetGroupArn", "IdleTargetGroupArn")
            if (group := templates.refers_to(rule.properties.get(key), rule.stack))
        ]
        if balancer:
            for group in groups:
                found.setdefault(group.source, (balancer, groups))
    return found


def _service(templates: Templates, resource: Resource) -> Service:
    properties = resource.properties
    definition = _definition(templates, resource)
    service = Service(
        resource,
        name=text_of(properties.get("ServiceName")) or resource.id,
        runs_on=_runs_on(templates, properties),
        size=_size(definition),
        tasks=_tasks(templates, resource),
        task_definition=definition,
        hooks=[
            function
            for function in templates.of_type("AWS::Lambda::Function")
            if function.stack == resource.stack and _event(function)
        ],
    )
    for container in definition.properties.get("ContainerDefinitions", ()) if definition else ():
        assert definition is not None  # noqa: S101 - there are containers
        group = container.get("LogConfiguration", {}).get("Options", {}).get("awslogs-group")
        service.log_group = service.log_group or templates.refers_to(group, definition.stack)
        for secret in container.get("Secrets", ()):
            made = next(templates.all_referred_to(secret["ValueFrom"], definition.stack), None)
            name = text_of(made.properties.get("Name")) if made else str(secret["Name"])
            source = made.source if made else definition.source
            if Secret(source, name) not in service.secrets:
                service.secrets.append(Secret(source, name))
    return service


def _event(function: Resource) -> str:
    variables = function.properties.get("Environment", {}).get("Variables", {})
    return text_of(variables.get("LIFECYCLE_EVENT"))


def _definition(templates: Templates, service: Resource) -> Resource | None:
    """Return the definition of a service's tasks: it is named by its family."""
    wanted = service.properties.get("TaskDefinition")
    found = templates.refers_to(wanted, service.stack)
    for each in templates.of_type("AWS::ECS::TaskDefinition"):
        if found is None and text_of(each.properties.get("Family")) == wanted:
            return each
    return found


def _runs_on(templates: Templates, properties: Mapping[str, Any]) -> str:
    own = {
        text_of(each.properties.get("Name"))
        for each in templates.of_type("AWS::ECS::CapacityProvider")
    }
    strategy = properties.get("CapacityProviderStrategy", ())
    kinds = []
    for item in strategy:
        provider = text_of(item.get("CapacityProvider"))
        kinds.append(_FARGATE.get(provider, "EC2" if provider in own else provider or "EC2"))
    return " + ".join(kinds) or str(properties.get("LaunchType", "")).title()


def _size(definition: Resource | None) -> str:
    if definition is None:
        return ""
    properties = definition.properties
    architecture = properties.get("RuntimePlatform", {}).get("CpuArchitecture", "")
    return " · ".join(
        part
        for part in (
            units.cpu(str(properties.get("Cpu", ""))),
            units.memory(str(properties.get("Memory", ""))),
            str(architecture).lower(),
        )
        if part
    )


def _tasks(templates: Templates, service: Resource) -> str:
    for target in templates.of_type("AWS::ApplicationAutoScaling::ScalableTarget"):
        if service in templates.all_referred_to(target.properties.get("ResourceId"), target.stack):
            limits = units.range_of(
                target.properties["MinCapacity"], target.properties["MaxCapacity"]
            )
            return ", ".join([f"{limits} tasks", *_scales_by(templates, target)])
    return units.counted(int(service.properties.get("DesiredCount", 1)), "task")


_METRICS = {
    "ECSServiceAverageCPUUtilization": "CPU at {} %",
    "ECSServiceAverageMemoryUtilization": "memory at {} %",
}


def _scales_by(templates: Templates, target: Resource) -> Iterable[str]:
    for policy in templates.of_type("AWS::ApplicationAutoScaling::ScalingPolicy"):
        if templates.refers_to(policy.properties.get("ScalingTargetId"), policy.stack) == target:
            tracking = policy.properties.get("TargetTrackingScalingPolicyConfiguration", {})
            metric = tracking.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType")
            if metric in _METRICS:
                yield _METRICS[metric].format(tracking["TargetValue"])


def _calls(estate: Estate) -> Iterable[Call]:
    templates = estate.templates
    services, balancers = {}, {}
    for service in estate.services:
        network = service.resource.properties.get("NetworkConfiguration", {})
        for group in templates.all_referred_to(
            network.get("AwsvpcConfiguration", {}).get("SecurityGroups"), service.resource.stack
        ):
            services[group.source] = service.resource
    for block in estate.blocks:
        if block.load_balancer:
            for group in templates.all_referred_to(
                block.load_balancer.properties.get("SecurityGroups"), block.load_balancer.stack
            ):
                balancers[group.source] = block.load_balancer
    for rule in templates.of_type("AWS::EC2::SecurityGroupIngress"):
        source = templates.refers_to(rule.properties.get("SourceSecurityGroupId"), rule.stack)
        target = templates.refers_to(rule.properties.get("GroupId"), rule.stack)
        if source and target and source.source in services and target.source in balancers:
            yield Call(
                rule,
                services[source.source],
                balancers[target.source],
                text_of(rule.properties.get("FromPort")),
            )


def _in_order(blocks: list[Block], calls: list[Call]) -> list[Block]:
    """Put callers before whom they call; among equals the public ones come first."""
    home = {service.resource.source: block for block in blocks for service in block.services}
    behind = {
        id(block): {
            id(home[call.caller.source])
            for call in calls
            if call.callee == block.load_balancer and home[call.caller.source] is not block
        }
        for block in blocks
    }
    waiting = sorted(blocks, key=lambda block: (not block.public, block.label))
    ordered: list[Block] = []
    while waiting:
        placed = {id(block) for block in ordered}
        # In a circle nobody is first: then whoever waits longest.
        ready = [block for block in waiting if behind[id(block)] <= placed] or waiting[:1]
        ordered += ready
        waiting = [block for block in waiting if block not in ready]
    return ordered


__all__ = ["ANYWHERE", "TIERS", "Block", "Call", "Estate", "Service", "Zone", "is_true", "read"]
