"""Which action a listener takes on a request, and which target group a weighted forward means.

The rules are those of an Application Load Balancer:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]


@dataclass(frozen=True)
class Rule:
    """One rule of a listener; the default rule has no conditions."""

    conditions: tuple[Record, ...]
    actions: tuple[Record, ...]


@dataclass(frozen=True)
class Listener:
    """A listener as the data plane sees it: where it listens and what it does, in order."""

    arn: str
    load_balancer_arn: str
    address: str
    port: int
    idle_timeout_seconds: float
    rules: tuple[Rule, ...]
    protocol: str = "HTTP"
    security_policy: str = ""
    certificate_arn: str = ""


@dataclass(frozen=True)
class Request:
    """What rules look at; header names are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]


ConditionMatcher = Callable[[Record, Request], bool]


def action_for(rules: Sequence[Rule], request: Request, matches: ConditionMatcher) -> Record | None:
    """Return the action of the first rule whose conditions all hold."""
    for rule in rules:
        if all(matches(condition, request) for condition in rule.conditions):
            return min(rule.actions, key=lambda action: int(action.get("Order", 1)), default=None)
    return None


def forward_weights(action: Record) -> list[tuple[str, int]]:
    """Return the target groups that a forward action names, with their weights.

    Both spellings of the API are read: ``TargetGroupArn`` and ``ForwardConfig.TargetGroups``.
    """
    groups = (action.get("ForwardConfig") or {}).get("TargetGroups") or []
    if groups:
        return [(group["TargetGroupArn"], int(group.get("Weight", 1))) for group in groups]
    return [(action["TargetGroupArn"], 1)] if action.get("TargetGroupArn") else []


def choose_target_group(
    weights: Sequence[tuple[str, int]], chance: random.Random | None = None
) -> str | None:
    """Draw a target group by weight; none where every weight is 0."""
    if sum(weight for _, weight in weights) <= 0:
        return None
    if len(weights) == 1:
        return weights[0][0]
    draw = chance or random
    arns = [arn for arn, _ in weights]
    return draw.choices(arns, [weight for _, weight in weights])[0]


def target_groups_of(rules: Sequence[Rule]) -> set[str]:
    """Return every target group that some action of the rules names, whatever its weight."""
    return {arn for rule in rules for action in rule.actions for arn, _ in forward_weights(action)}


def redirect_location(config: Record, request: Request, listener: Listener) -> str:
    """Fill in the placeholders of a redirect action."""
    host = request.headers.get("host", listener.address)
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() and ":" in host else host
    placeholders = {
        "#{protocol}": listener.protocol,
        "#{host}": name,
        "#{port}": str(listener.port),
        "#{path}": request.path.removeprefix("/"),
        "#{query}": request.query,
    }

    def filled(key: str, default: str) -> str:
        text = str(config.get(key, default))
        for placeholder, value in placeholders.items():
            text = text.replace(placeholder, value)
        return text

    protocol = filled("Protocol", "#{protocol}").lower()
    # With its port, also where that is the usual one.
    authority = f"{filled('Host', '#{host}')}:{filled('Port', '#{port}')}"
    query = filled("Query", "#{query}")
    return f"{protocol}://{authority}{filled('Path', '/#{path}')}" + (f"?{query}" if query else "")
