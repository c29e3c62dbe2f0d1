"""What a service's template says of its releases: the model of their picture."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slipway.changes import AssembledStack
from slipway.diagram import checks
from slipway.diagram.alarms import Alarm, alarm
from slipway.diagram.templates import Resource, Templates, text_of

_GROUP = "AWS::CodeDeploy::DeploymentGroup"
_MINUTES = 60

# https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html#appspec-hooks-ecs
LIFECYCLE_EVENTS = (
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "AllowTestTraffic",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AllowTraffic",
    "AfterAllowTraffic",
)
# What CodeDeploy does itself, between the events at which it asks.
_OWN = {
    "Install": "green's tasks start",
    "AllowTestTraffic": "the test listener leads to green",
    "AllowTraffic": "the production listener leads to green",
}

# https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html#deployment-configurations-predefined-ecs
_PREDEFINED = re.compile(
    r"CodeDeployDefault\.ECS(?P<kind>Linear|Canary)(?P<percent>\d+)Percent(?:Every)?(?P<minutes>\d+)Minutes"
)


@dataclass(frozen=True)
class Event:
    """A lifecycle event, or a wait between two."""

    name: str
    hook: Resource | None
    lines: tuple[str, ...]
    """What is checked, or done."""
    source: str


@dataclass(frozen=True)
class Step:
    """From one moment of the shift to the next."""

    percent: int
    """Of production traffic, to green."""
    wait_seconds: int


@dataclass(frozen=True)
class Route:
    """A listener, and the rule in it that leads to the target groups."""

    listener: Resource
    label: str
    rule: Resource | None
    rule_label: str


@dataclass(frozen=True)
class Story:
    """How a service is released."""

    group: Resource
    service: str
    account: str
    region: str
    production: Route | None
    test: Route | None
    target_groups: tuple[Resource, ...]
    """Blue and green."""
    events: tuple[Event, ...]
    approval_seconds: int
    """How long somebody has to let it go on; zero where nobody is asked."""
    shift: str
    shift_source: str
    """Where it stands: a deployment configuration, or the group that names one of AWS's."""
    steps: tuple[Step, ...]
    alarms: tuple[Alarm, ...]
    rolls_back: tuple[str, ...]
    termination_seconds: int
    """How long blue stays after the shift."""


def services(stacks: Iterable[AssembledStack]) -> list[str]:
    """Return the names of the services that CodeDeploy releases."""
    templates = Templates(stacks)
    return sorted(_name(templates, group) for group in templates.of_type(_GROUP))


def read(stacks: Iterable[AssembledStack], service: str) -> Story | None:
    """Read the story of a service."""
    templates = Templates(stacks)
    for group in templates.of_type(_GROUP):
        if _name(templates, group) == service:
            return _story(templates, group, service)
    return None


def _name(templates: Templates, group: Resource) -> str:
    for each in group.properties.get("ECSServices", ()):
        found = templates.refers_to(each.get("ServiceName"), group.stack)
        if found is not None:
            return text_of(found.properties.get("ServiceName")) or found.id
    return text_of(group.properties.get("DeploymentGroupName")) or group.id


def _story(templates: Templates, group: Resource, service: str) -> Story:
    properties = group.properties
    account, region = templates.place(group.stack)
    pairs = properties.get("LoadBalancerInfo", {}).get("TargetGroupPairInfoList", ())
    pair = pairs[0] if pairs else {}
    blue_green = properties.get("BlueGreenDeploymentConfiguration", {})
    ready = blue_green.get("DeploymentReadyOption", {})
    waits = ready.get("ActionOnTimeout") == "STOP_DEPLOYMENT"
    ends = blue_green.get("TerminateBlueInstancesOnDeploymentSuccess", {})
    production = _route(templates, group, pair.get("ProdTrafficRoute"))
    target_groups = _target_groups(templates, group, pair)
    test = _route(templates, group, pair.get("TestTrafficRoute"))
    shift, steps = _shift(templates, group)
    config = properties.get("DeploymentConfigName")
    rollback = properties.get("AutoRollbackConfiguration", {})
    watched = [
        found
        for each in properties.get("AlarmConfiguration", {}).get("Alarms", ())
        if (found := templates.refers_to(each.get("Name"), group.stack))
    ]
    return Story(
        group,
        service,
        account,
        region,
        production,
        test,
        target_groups,
        events=tuple(_events(templates, group, has_test=test is not None)),
        approval_seconds=int(ready.get("WaitTimeInMinutes", 0)) * _MINUTES if waits else 0,
        shift=shift,
        shift_source=(templates.refers_to(config, group.stack) or group).source,
        steps=steps,
        alarms=tuple(alarm(templates, each, target_groups, service) for each in watched),
        rolls_back=tuple(rollback.get("Events", ())) if rollback.get("Enabled") else (),
        termination_seconds=int(ends.get("TerminationWaitTimeInMinutes", 0)) * _MINUTES,
    )


def _route(templates: Templates, group: Resource, route: Any) -> Route | None:
    listener = next(templates.all_referred_to(route or {}, group.stack), None)
    if listener is None:
        return None
    rule = next(
        (
            each
            for each in templates.of_type("Custom::TrafficRule")
            if templates.refers_to(each.properties.get("ListenerArn"), each.stack) == listener
            and each.stack == group.stack
        ),
        None,
    )
    label = f"{listener.properties.get('Protocol', '')} {listener.properties.get('Port', '')}"
    return Route(listener, label.strip(), rule, _rule_label(rule) if rule else "")


def _rule_label(rule: Resource) -> str:
    conditions = [*rule.properties.get("Hosts", ()), *rule.properties.get("Paths", ())]
    return ", ".join(text_of(each) for each in conditions)


def _target_groups(
    templates: Templates, group: Resource, pair: Mapping[str, Any]
) -> tuple[Resource, ...]:
    names = [each.get("Name") for each in pair.get("TargetGroups", ())]
    found = (templates.refers_to(name, group.stack) for name in names)
    return tuple(each for each in found if each is not None)


def _events(templates: Templates, group: Resource, *, has_test: bool) -> Iterable[Event]:
    hooks = {
        text_of(function.properties["Environment"]["Variables"]["LIFECYCLE_EVENT"]): function
        for function in templates.of_type("AWS::Lambda::Function")
        if function.stack == group.stack
        and "LIFECYCLE_EVENT" in function.properties.get("Environment", {}).get("Variables", {})
    }
    for name in LIFECYCLE_EVENTS:
        if name in hooks:
            hook = hooks[name]
            yield Event(name, hook, tuple(_checks(templates, hook, name)), hook.source)
        elif name in _OWN and (has_test or name != "AllowTestTraffic"):
            yield Event(name, None, (_OWN[name],), group.source)


def _checks(templates: Templates, hook: Resource, event: str) -> Sequence[str]:
    """Return what a hook checks: it is written beside its code."""
    stack = next(each for each in templates.stacks if each.name == hook.stack)
    folder = stack.asset(text_of(hook.properties.get("Code", {}).get("S3Key")))
    if folder is None or not (folder / "checks.json").is_file():
        return ()
    declared = json.loads((folder / "checks.json").read_text(encoding="utf-8"))
    return [checks.in_words(check) for check in declared.get(event, ())]


def _shift(templates: Templates, group: Resource) -> tuple[str, tuple[Step, ...]]:
    """Return how traffic moves, in words and step by step."""
    named = group.properties.get("DeploymentConfigName")
    config = templates.refers_to(named, group.stack)
    if config is not None:
        routing = config.properties.get("TrafficRoutingConfig", {})
        if canary := routing.get("TimeBasedCanary"):
            return _canary(int(canary["CanaryPercentage"]), int(canary["CanaryInterval"]))
        if linear := routing.get("TimeBasedLinear"):
            return _linear(int(linear["LinearPercentage"]), int(linear["LinearInterval"]))
    elif predefined := _PREDEFINED.fullmatch(text_of(named)):
        shape = _canary if predefined["kind"] == "Canary" else _linear
        return shape(int(predefined["percent"]), int(predefined["minutes"]))
    return "all at once", (Step(100, 0),)


def _canary(percent: int, minutes: int) -> tuple[str, tuple[Step, ...]]:
    steps = (Step(percent, minutes * _MINUTES), Step(100, 0))
    return f"canary, {percent} % for {minutes} min", steps


def _linear(percent: int, minutes: int) -> tuple[str, tuple[Step, ...]]:
    shares = [*range(percent, 100, percent), 100]
    steps = tuple(Step(share, 0 if share == 100 else minutes * _MINUTES) for share in shares)
    return f"linear, {percent} % every {minutes} min", steps
