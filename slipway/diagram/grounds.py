"""What an environment's services stand on: cluster, zones, endpoints, alarms, logs, events."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from slipway.diagram import units
from slipway.diagram.canvas import Canvas, chip_width
from slipway.diagram.estate import TIERS, Estate
from slipway.diagram.templates import Resource, text_of

_LABEL = 84
_CELL = 34
_LOOKS = {"Public": "amber", "Private": "blue", "Isolated": "grey"}


def inside(canvas: Canvas, found: Estate, x: float, y: float, width: float) -> float:
    """Draw what is in the VPC under the services, and return its lower edge."""
    y = _cluster(canvas, found, x, y, width)
    y = _zones(canvas, found, x, y, width)
    return _ways_out(canvas, found, x, y, width)


def _cluster(canvas: Canvas, found: Estate, x: float, y: float, width: float) -> float:
    if found.cluster is None:
        return y
    name = text_of(found.cluster.properties.get("ClusterName")) or found.cluster.id
    chips = [(each, None) for each in found.providers]
    chips += [(f"EC2: {label}", group) for label, group in found.groups]
    with canvas.of(found.cluster.source, f"ECS cluster {name}"):
        canvas.glyph("cluster", x + 2, y + 3, "line-blue-ink")
        canvas.text(x + 30, y + 18, f"ECS cluster {name}", "strong text-ink")
        left, top = x + 30, y + 28
        for label, group in chips:
            wide = chip_width(label, "small")
            if left + wide > x + width and left > x + 30:
                left, top = x + 30, top + 28
            source = (group or found.cluster).source
            with canvas.of(source, label):
                canvas.chip(left, top, label, "fill-blue-tint line-blue", "small text-ink")
            left += wide + 6
    return top + 22 + 18


def _zones(canvas: Canvas, found: Estate, x: float, y: float, width: float) -> float:
    if not found.zones:
        return y
    cell = (width - _LABEL) / len(found.zones)
    for number, zone in enumerate(found.zones):
        middle = x + _LABEL + (number + 0.5) * cell
        canvas.text(middle, y + 12, zone.name, "text-muted", anchor="middle")
    y += 20
    for tier in TIERS:
        if not any(tier in zone.subnets for zone in found.zones):
            continue
        role = _LOOKS[tier]
        ink = "text-muted" if role == "grey" else f"text-{role}-ink"
        canvas.text(x, y + 22, tier.lower(), f"strong {ink}")
        for number, zone in enumerate(found.zones):
            if tier not in zone.subnets:
                continue
            left, subnet = x + _LABEL + number * cell + 3, zone.subnets[tier]
            nat = zone.nat.get(tier)
            room = cell - 6 - (54 if nat else 0)
            with canvas.of(subnet.source, f"{tier} subnet in {zone.name}"):
                canvas.rect(left, y, cell - 6, _CELL, f"fill-{role}-tint line-{role} wire")
                canvas.text(
                    left + room / 2,
                    y + 22,
                    text_of(subnet.properties.get("CidrBlock")),
                    "text-ink",
                    anchor="middle",
                    room=room - 8,
                )
            if nat:
                with canvas.of(nat.source, f"NAT gateway in {zone.name}"):
                    canvas.rect(left + room, y + 5, 48, 24, "fill-card line-amber", radius=7)
                    canvas.glyph("nat", left + room + 5, y + 10, "line-amber-ink", size=14)
                    canvas.text(left + room + 21, y + 21.5, "NAT", "small text-ink")
        y += _CELL + 6
    return y


def _ways_out(canvas: Canvas, found: Estate, x: float, y: float, width: float) -> float:
    """Draw gateways and endpoints: how what is inside reaches AWS and the internet."""
    ways: list[tuple[str, str, Resource]] = []
    if found.internet_gateway is not None:
        ways.append(("clients", "internet gateway", found.internet_gateway))
    for name, endpoint in found.endpoints:
        kind = str(endpoint.properties.get("VpcEndpointType", "Gateway")).lower()
        ways.append(("endpoint", f"{kind} endpoint {name}", endpoint))
    left, top = x + _LABEL + 3, y + 4
    for glyph, label, resource in ways:
        wide = chip_width(label, "small") + 16
        if left + wide > x + width and left > x + _LABEL + 3:
            left, top = x + _LABEL + 3, top + 28
        with canvas.of(resource.source, label):
            canvas.rect(left, top, wide, 22, "fill-card line-line", radius=7)
            canvas.glyph(glyph, left + 6, top + 4, "line-muted", size=14)
            canvas.text(left + 25, top + 15.5, label, "small text-ink")
        left += wide + 6
    return top + 22 if ways else y


def outside(canvas: Canvas, found: Estate, x: float, y: float, width: float) -> float:
    """Draw what stands beside the VPC, and return the lower edge."""
    cards: list[tuple[str, str, Sequence[tuple[str, Sequence[Resource]]]]] = [
        card for part in (_alarms, _logs, _events, _names) if (card := part(found)) is not None
    ]
    if not cards:
        return y
    wide = (width - 10 * (len(cards) - 1)) / len(cards)
    height = 44 + 18 * max(len(lines) for _, _, lines in cards)
    for number, (glyph, name, lines) in enumerate(cards):
        left = x + number * (wide + 10)
        canvas.rect(left, y, wide, height, "fill-card line-line wire", radius=12)
        canvas.glyph(glyph, left + 12, y + 11, "line-muted")
        canvas.text(left + 40, y + 26, name, "strong text-ink", room=wide - 50)
        for line, (label, resources) in enumerate(lines):
            with canvas.of(",".join(each.source for each in resources), label):
                canvas.text(left + 12, y + 50 + 18 * line, label, "text-muted", room=wide - 22)
    return y + height


Card = tuple[str, str, Sequence[tuple[str, Sequence[Resource]]]]


def _alarms(found: Estate) -> Card | None:
    if not found.alarms and not found.topics:
        return None
    lines: list[tuple[str, Sequence[Resource]]] = []
    for topic, subscriptions in found.topics:
        lines.append((f"to {text_of(topic.properties.get('TopicName'))}", [topic]))
        lines += [(text_of(each.properties.get("Endpoint")), [each]) for each in subscriptions]
    return "bell", units.counted(len(found.alarms), "alarm"), lines


def _logs(found: Estate) -> Card | None:
    groups = found.templates.of_type("AWS::Logs::LogGroup")
    if not groups:
        return None
    by_days: dict[int, list[Resource]] = {}
    for group in groups:
        by_days.setdefault(int(group.properties.get("RetentionInDays", 0)), []).append(group)
    lines = [
        (f"{len(kept)} kept {days} days" if days else f"{len(kept)} kept for ever", [kept[0]])
        for days, kept in sorted(by_days.items())
    ]
    flow = found.templates.of_type("AWS::EC2::FlowLog")
    lines += [("with flow logs of the VPC", flow)] if flow else []
    return "log", units.counted(len(groups), "log group"), lines


def _events(found: Estate) -> Card | None:
    if not found.rules:
        return None
    lines: dict[str, list[Resource]] = {}
    for rule in found.rules:
        lines.setdefault(_occasion(rule), []).append(rule)
    return "event", "EventBridge", sorted(lines.items())


_PRODUCTS = {"aws.codedeploy": "CodeDeploy", "aws.secretsmanager": "Secrets Manager"}


def _occasion(rule: Resource) -> str:
    """Return what a rule waits for."""
    pattern = rule.properties.get("EventPattern", {})
    if sources := pattern.get("source"):
        return ", ".join(f"on events of {_PRODUCTS.get(each, each)}" for each in sources)
    return text_of(rule.properties.get("ScheduleExpression")) or rule.id


def _names(found: Estate) -> Card | None:
    if not found.zones_of_names:
        return None
    return (
        "name",
        "Route 53",
        [
            (text_of(zone.properties.get("Name")).rstrip("."), [zone])
            for zone in found.zones_of_names
        ],
    )


Part = Callable[[Estate], Card | None]
