"""Reading an environment's templates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from slipway.changes import AssembledStack
from slipway.diagram import network_reading, service_reading, units
from slipway.diagram.entrances import ways_in
from slipway.diagram.estate import Aside, Block, Call, Cluster, Estate, Service
from slipway.diagram.templates import Resource, Templates, text_of


def read(stacks: Iterable[AssembledStack]) -> Estate:
    """Read an environment from its templates, and from nothing else."""
    templates = Templates(stacks)
    network = network_reading.read(templates)
    account, region = templates.place((network.vpc or templates.first).stack)
    blocks = _blocks(templates)
    calls = tuple(_calls(templates, blocks))
    return Estate(
        account=account,
        region=region,
        network=network,
        cluster=_cluster(templates),
        blocks=tuple(_in_order(blocks, calls)),
        calls=calls,
        aside=_aside(templates),
    )


def _blocks(templates: Templates) -> list[Block]:
    services = service_reading.read(templates)
    behind: dict[str, list[Service]] = {}
    for service in services:
        if service.load_balancer is not None:
            behind.setdefault(service.load_balancer.source, []).append(service)
    blocks = [
        ways_in(templates, balancer, behind.get(balancer.source, ()))
        for balancer in templates.of_type("AWS::ElasticLoadBalancingV2::LoadBalancer")
    ]
    return blocks + [
        Block(load_balancer=None, tier=service.tier, services=(service,))
        for service in services
        if service.load_balancer is None
    ]


def _cluster(templates: Templates) -> Cluster | None:
    clusters = templates.of_type("AWS::ECS::Cluster")
    if not clusters:
        return None
    providers = [
        service_reading.FARGATE[provider]
        for association in templates.of_type("AWS::ECS::ClusterCapacityProviderAssociations")
        for provider in association.properties.get("CapacityProviders", ())
        if isinstance(provider, str) and provider in service_reading.FARGATE
    ]
    groups = templates.of_type("AWS::AutoScaling::AutoScalingGroup")
    return Cluster(
        resource=clusters[0],
        name=text_of(clusters[0].properties.get("ClusterName")) or clusters[0].id,
        providers=tuple(providers),
        groups=tuple((_instances(group), group) for group in groups),
    )


def _instances(group: Resource) -> str:
    """Return which instances a group has, and how they are paid for."""
    properties = group.properties
    size = units.range_of(properties.get("MinSize"), properties.get("MaxSize"))
    mixed = properties.get("MixedInstancesPolicy", {})
    types = [each["InstanceType"] for each in mixed.get("LaunchTemplate", {}).get("Overrides", ())]
    on_demand = mixed.get("InstancesDistribution", {}).get("OnDemandPercentageAboveBaseCapacity")
    paid = {None: "", 100: "on demand", 0: "Spot"}.get(on_demand, f"{on_demand} % on demand")
    return ", ".join(part for part in (f"{size} {units.TIMES} {' / '.join(types)}", paid) if part)


def _calls(templates: Templates, blocks: Iterable[Block]) -> Iterator[Call]:
    """Yield whom a security group of a load balancer lets in, where that is a service's."""
    callers: dict[str, Resource] = {}
    callees: dict[str, Resource] = {}
    for block in blocks:
        for service in block.services:
            network = service.resource.properties.get("NetworkConfiguration", {})
            groups = network.get("AwsvpcConfiguration", {}).get("SecurityGroups")
            for group in templates.all_referred_to(groups, service.resource.stack):
                callers[group.source] = service.resource
        if block.load_balancer is not None:
            groups = block.load_balancer.properties.get("SecurityGroups")
            for group in templates.all_referred_to(groups, block.load_balancer.stack):
                callees[group.source] = block.load_balancer
    for rule in templates.of_type("AWS::EC2::SecurityGroupIngress"):
        source = templates.refers_to(rule.properties.get("SourceSecurityGroupId"), rule.stack)
        target = templates.refers_to(rule.properties.get("GroupId"), rule.stack)
        if source and target and source.source in callers and target.source in callees:
            yield Call(rule, callers[source.source], callees[target.source])


def _in_order(blocks: Iterable[Block], calls: Iterable[Call]) -> list[Block]:
    """Put callers before whom they call; among equals the public ones come first."""
    waiting = sorted(blocks, key=lambda block: (not block.public, block.label))
    numbers = {
        service.resource: number
        for number, block in enumerate(waiting)
        for service in block.services
    }
    callers: dict[int, set[int]] = {number: set() for number in range(len(waiting))}
    for call in calls:
        for number, block in enumerate(waiting):
            if block.load_balancer == call.callee and numbers[call.caller] != number:
                callers[number].add(numbers[call.caller])
    ordered: list[int] = []
    left = list(callers)
    while left:
        # In a circle nobody is first: then whoever waits longest is.
        ready = [number for number in left if callers[number] <= set(ordered)] or left[:1]
        ordered += ready
        left = [number for number in left if number not in ready]
    return [waiting[number] for number in ordered]


def _aside(templates: Templates) -> Aside:
    subscriptions = templates.of_type("AWS::SNS::Subscription")
    return Aside(
        alarms=tuple(
            templates.of_type("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
        ),
        topics=tuple(
            (
                topic,
                tuple(
                    each
                    for each in subscriptions
                    if templates.refers_to(each.properties.get("TopicArn"), each.stack) == topic
                ),
            )
            for topic in templates.of_type("AWS::SNS::Topic")
        ),
        chats=tuple(
            templates.of_type(
                "AWS::Chatbot::SlackChannelConfiguration",
                "AWS::Chatbot::MicrosoftTeamsChannelConfiguration",
            )
        ),
        budgets=tuple(templates.of_type("AWS::Budgets::Budget")),
        log_groups=tuple(templates.of_type("AWS::Logs::LogGroup")),
        flow_logs=tuple(templates.of_type("AWS::EC2::FlowLog")),
        rules=tuple(templates.of_type("AWS::Events::Rule")),
        hosted_zones=tuple(templates.of_type("AWS::Route53::HostedZone")),
    )
