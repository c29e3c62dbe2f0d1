"""Reading what templates say of ECS services."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slipway.diagram import units
from slipway.diagram.estate import Secret, Service
from slipway.diagram.network_reading import tier_of
from slipway.diagram.routes import route_to
from slipway.diagram.templates import Resource, Templates, text_of

FARGATE = {"FARGATE": "Fargate", "FARGATE_SPOT": "Fargate Spot"}
"""Capacity providers of AWS, by what they are called."""

_METRICS = {
    "ECSServiceAverageCPUUtilization": "CPU at {} %",
    "ECSServiceAverageMemoryUtilization": "memory at {} %",
}


def read(templates: Templates) -> list[Service]:
    """Read all services."""
    return [_service(templates, each) for each in templates.of_type("AWS::ECS::Service")]


def lifecycle_event(function: Resource) -> str:
    """Return at which lifecycle event CodeDeploy asks a function; nothing, where it doesn't."""
    variables = function.properties.get("Environment", {}).get("Variables", {})
    return text_of(variables.get("LIFECYCLE_EVENT"))


def _service(templates: Templates, resource: Resource) -> Service:
    properties = resource.properties
    definition = _definition(templates, resource)
    network = properties.get("NetworkConfiguration", {}).get("AwsvpcConfiguration", {})
    listener, groups = route_to(templates, resource)
    return Service(
        resource=resource,
        name=text_of(properties.get("ServiceName")) or resource.id,
        tier=tier_of(templates.all_referred_to(network.get("Subnets"), resource.stack)),
        runs_on=_runs_on(templates, properties),
        size=_size(definition),
        tasks=_tasks(templates, resource),
        secrets=tuple(dict.fromkeys(_secrets(templates, definition))),
        log_group=next(_log_groups(templates, definition), None),
        target_groups=groups,
        load_balancer=listener
        and templates.refers_to(listener.properties.get("LoadBalancerArn"), listener.stack),
        port=int(listener.properties.get("Port", 0)) if listener else None,
        hooks=tuple(
            function
            for function in templates.of_type("AWS::Lambda::Function")
            if function.stack == resource.stack and lifecycle_event(function)
        ),
        sidecars=tuple(_sidecars(resource, definition)),
        canary=next(
            (
                each
                for each in templates.of_type("AWS::Synthetics::Canary")
                if each.stack == resource.stack
            ),
            None,
        ),
    )


def _definition(templates: Templates, service: Resource) -> Resource | None:
    """Return the definition of a service's tasks; where it is named, that is its family."""
    wanted = service.properties.get("TaskDefinition")
    if found := templates.refers_to(wanted, service.stack):
        return found
    families = {
        text_of(each.properties.get("Family")): each
        for each in templates.of_type("AWS::ECS::TaskDefinition")
    }
    return families.get(text_of(wanted))


def _containers(definition: Resource | None) -> list[Mapping[str, Any]]:
    return list(definition.properties.get("ContainerDefinitions", ())) if definition else []


def _sidecars(service: Resource, definition: Resource | None) -> Iterator[str]:
    served = {each.get("ContainerName") for each in service.properties.get("LoadBalancers", ())}
    names = [text_of(each.get("Name")) for each in _containers(definition)]
    yield from (name for name in names[1 if not served else 0 :] if name not in served)


def _secrets(templates: Templates, definition: Resource | None) -> Iterator[Secret]:
    for container in _containers(definition):
        for secret in container.get("Secrets", ()):
            assert definition is not None  # noqa: S101 - it has containers
            made = next(templates.all_referred_to(secret["ValueFrom"], definition.stack), None)
            if made is not None:
                yield Secret(made.source, text_of(made.properties.get("Name")) or made.id)
            else:
                yield Secret(definition.source, str(secret["Name"]))


def _log_groups(templates: Templates, definition: Resource | None) -> Iterator[Resource]:
    for container in _containers(definition):
        assert definition is not None  # noqa: S101 - it has containers
        options = container.get("LogConfiguration", {}).get("Options", {})
        if group := templates.refers_to(options.get("awslogs-group"), definition.stack):
            yield group


def _runs_on(templates: Templates, properties: Mapping[str, Any]) -> str:
    own = {
        text_of(each.properties.get("Name"))
        for each in templates.of_type("AWS::ECS::CapacityProvider")
    }
    strategy = properties.get("CapacityProviderStrategy", ())
    providers = [text_of(each.get("CapacityProvider")) for each in strategy]
    kinds = [FARGATE.get(each, "EC2" if each in own else each or "EC2") for each in providers]
    return " + ".join(kinds) or str(properties.get("LaunchType", "")).title()


def _size(definition: Resource | None) -> str:
    if definition is None:
        return ""
    properties = definition.properties
    architecture = properties.get("RuntimePlatform", {}).get("CpuArchitecture", "")
    parts = (
        units.cpu(str(properties.get("Cpu", ""))),
        units.memory(str(properties.get("Memory", ""))),
        str(architecture).lower(),
    )
    return " · ".join(part for part in parts if part)


def _tasks(templates: Templates, service: Resource) -> str:
    for target in templates.of_type("AWS::ApplicationAutoScaling::ScalableTarget"):
        if service in templates.all_referred_to(target.properties.get("ResourceId"), target.stack):
            limits = units.range_of(
                target.properties["MinCapacity"], target.properties["MaxCapacity"]
            )
            scheduled = ["on a schedule"] if target.properties.get("ScheduledActions") else []
            return ", ".join([f"{limits} tasks", *_scales_by(templates, target), *scheduled])
    return units.counted(int(service.properties.get("DesiredCount", 1)), "task")


def _scales_by(templates: Templates, target: Resource) -> Iterator[str]:
    for policy in templates.of_type("AWS::ApplicationAutoScaling::ScalingPolicy"):
        if templates.refers_to(policy.properties.get("ScalingTargetId"), policy.stack) == target:
            tracking = policy.properties.get("TargetTrackingScalingPolicyConfiguration", {})
            metric = tracking.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType")
            if metric in _METRICS:
                yield _METRICS[metric].format(tracking["TargetValue"])
