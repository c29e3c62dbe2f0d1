"""What an environment's services stand on, and what stands beside its network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slipway.diagram import units
from slipway.diagram.blocks import TIER_ROLES, ink_of
from slipway.diagram.canvas import Canvas, chip_width
from slipway.diagram.estate import TIERS, Aside, Cluster, Estate, Network, Zone
from slipway.diagram.flow import rows_of
from slipway.diagram.heading import MARGIN
from slipway.diagram.templates import Resource, text_of

_LABEL = 84
_CELL = 34
_GAP = 6
_CHIP = 22
_LINE = 18


def draw(canvas: Canvas, found: Estate, x: float, y: float, width: float) -> float:
    """Draw what is in the VPC under the services, and return its lower edge."""
    if found.cluster is not None:
        y = _draw_cluster(canvas, found.cluster, x, y, width) + 18
    y = _draw_zones(canvas, found.network, x, y, width)
    return _draw_ways_out(canvas, found.network, x, y + 2, width)


def _draw_cluster(canvas: Canvas, cluster: Cluster, x: float, y: float, width: float) -> float:
    with canvas.of(cluster.resource.source, f"ECS cluster {cluster.name}"):
        canvas.glyph("cluster", x, y + 3, "line-blue-ink")
        canvas.text(x + 28, y + 18, f"ECS cluster {cluster.name}", "strong text-ink")
    chips = [_Chip(each, cluster.resource) for each in cluster.providers]
    chips += [_Chip(f"EC2: {label}", group) for label, group in cluster.groups]
    return _draw_chips(canvas, chips, x + 28, y + 28, x + width, "fill-blue-tint line-blue")


@dataclass(frozen=True)
class _Chip:
    label: str
    resource: Resource
    glyph: str = ""

    @property
    def width(self) -> float:
        return chip_width(self.label, "small") + (16 if self.glyph else 0)


def _draw_chips(
    canvas: Canvas, chips: Sequence[_Chip], x: float, y: float, end: float, look: str
) -> float:
    """Draw chips one after the other, in as many rows as they need; return the lower edge."""
    for row in rows_of(chips, lambda chip: chip.width, end - x, gap=_GAP):
        left = x
        for chip in row:
            _draw_chip(canvas, chip, left, y, end, look)
            left += chip.width + _GAP
        y += _CHIP + _GAP
    return y - _GAP


def _draw_chip(canvas: Canvas, chip: _Chip, x: float, y: float, end: float, look: str) -> None:
    begin = x + (22 if chip.glyph else 4)
    middle = (begin + x + chip.width - 4) / 2
    with canvas.of(chip.resource.source, chip.label):
        canvas.rect(x, y, chip.width, _CHIP, look, radius=11)
        if chip.glyph:
            canvas.glyph(chip.glyph, x + 8, y + 4, "line-muted", size=14)
        canvas.text(
            middle, y + 15.5, chip.label, "small text-ink", anchor="middle", room=end - begin
        )


def _draw_zones(canvas: Canvas, network: Network, x: float, y: float, width: float) -> float:
    if not network.zones:
        return y
    cell = (width - _LABEL) / len(network.zones)
    lefts = [x + _LABEL + number * cell for number in range(len(network.zones))]
    for left, zone in zip(lefts, network.zones, strict=True):
        canvas.text(left + cell / 2, y + 12, zone.name, "text-muted", anchor="middle")
    y += 20
    for tier in TIERS:
        if not any(tier in zone.subnets for zone in network.zones):
            continue
        role = TIER_ROLES[tier]
        canvas.text(x, y + 22, tier.lower(), f"strong text-{ink_of(role)}")
        for left, zone in zip(lefts, network.zones, strict=True):
            if tier in zone.subnets:
                _draw_subnet(canvas, zone, tier, left + _GAP / 2, y, cell - _GAP)
        y += _CELL + _GAP
    return y


def _draw_subnet(canvas: Canvas, zone: Zone, tier: str, x: float, y: float, width: float) -> None:
    subnet, nat, role = zone.subnets[tier], zone.nat.get(tier), TIER_ROLES[tier]
    room = width - (54 if nat else 0)
    with canvas.of(subnet.source, f"{tier} subnet in {zone.name}"):
        canvas.rect(x, y, width, _CELL, f"fill-{role}-tint line-{role} wire")
        block = text_of(subnet.properties.get("CidrBlock"))
        canvas.text(x + room / 2, y + 22, block, "text-ink", anchor="middle", room=room - 8)
    if nat:
        with canvas.of(nat.source, f"NAT gateway in {zone.name}"):
            canvas.rect(x + room, y + 5, 48, 24, "fill-card line-amber", radius=7)
            canvas.glyph("nat", x + room + 5, y + 10, "line-amber-ink", size=14)
            canvas.text(x + room + 21, y + 21.5, "NAT", "small text-ink")


def _draw_ways_out(canvas: Canvas, network: Network, x: float, y: float, width: float) -> float:
    """Draw gateway and endpoints: how what is inside reaches AWS and the internet."""
    chips = []
    if network.internet_gateway is not None:
        chips.append(_Chip("internet gateway", network.internet_gateway, "clients"))
    for name, endpoint in network.endpoints:
        kind = str(endpoint.properties.get("VpcEndpointType", "Gateway"))
        label = name if kind == "Interface" else f"{name} ({kind.lower()})"
        chips.append(_Chip(label, endpoint, "endpoint"))
    if not chips:
        return y
    canvas.text(x, y + 15.5, "ways out", "strong text-muted")
    return _draw_chips(canvas, chips, x + _LABEL + 3, y, x + width, "fill-card line-line")


@dataclass(frozen=True)
class _Card:
    glyph: str
    name: str
    lines: Sequence[tuple[str, Sequence[Resource]]]


def draw_aside(canvas: Canvas, found: Estate, y: float, width: float) -> float:
    """Draw what stands beside the VPC, and return the lower edge."""
    cards = [card for part in _CARDS if (card := part(found.aside)) is not None]
    if not cards:
        return y - 14
    wide = (width - 2 * MARGIN - 10 * (len(cards) - 1)) / len(cards)
    height = 44 + _LINE * max(len(card.lines) for card in cards)
    for number, card in enumerate(cards):
        x = MARGIN + number * (wide + 10)
        canvas.rect(x, y, wide, height, "fill-card line-line wire", radius=12)
        canvas.glyph(card.glyph, x + 12, y + 11, "line-muted")
        canvas.text(x + 40, y + 26, card.name, "strong text-ink", room=wide - 50)
        for line, (label, resources) in enumerate(card.lines):
            with canvas.of(",".join(each.source for each in resources), label):
                canvas.text(x + 12, y + 50 + _LINE * line, label, "text-muted", room=wide - 22)
    return y + height


def _alarms(aside: Aside) -> _Card | None:
    if not (aside.alarms or aside.topics or aside.budgets):
        return None
    lines: list[tuple[str, Sequence[Resource]]] = []
    for topic, subscriptions in aside.topics:
        lines.append((text_of(topic.properties.get("TopicName")) or topic.id, [topic]))
        lines += [(text_of(each.properties.get("Endpoint")), [each]) for each in subscriptions]
    for chat in aside.chats:
        kind = "Slack" if "Slack" in chat.type else "Microsoft Teams"
        lines.append((kind, [chat]))
    for budget in aside.budgets:
        limit = budget.properties.get("Budget", {}).get("BudgetLimit", {})
        amount = f"{text_of(limit.get('Amount'))} {text_of(limit.get('Unit'))}".strip()
        lines.append((f"budget {amount}", [budget]))
    return _Card("bell", units.counted(len(aside.alarms), "alarm"), lines)


def _logs(aside: Aside) -> _Card | None:
    if not aside.log_groups:
        return None
    by_days: dict[int, list[Resource]] = {}
    for group in aside.log_groups:
        days = int(group.properties.get("RetentionInDays", 0))
        by_days.setdefault(days, []).append(group)
    lines: list[tuple[str, Sequence[Resource]]] = [
        (f"{len(kept)} kept {units.counted(days, 'day') if days else 'for ever'}", kept)
        for days, kept in sorted(by_days.items())
    ]
    if aside.flow_logs:
        lines.append(("VPC flow logs", aside.flow_logs))
    return _Card("log", units.counted(len(aside.log_groups), "log group"), lines)


def _events(aside: Aside) -> _Card | None:
    if not aside.rules:
        return None
    lines: dict[str, list[Resource]] = {}
    for rule in aside.rules:
        lines.setdefault(_occasion(rule), []).append(rule)
    return _Card("event", "EventBridge", sorted(lines.items()))


_PRODUCTS = {
    "aws.codedeploy": "CodeDeploy",
    "aws.secretsmanager": "Secrets Manager",  # pragma: allowlist secret: the names of AWS products
}


def _occasion(rule: Resource) -> str:
    """Return what a rule waits for."""
    if sources := rule.properties.get("EventPattern", {}).get("source"):
        return ", ".join(_PRODUCTS.get(each, str(each)) for each in sources)
    return units.schedule(text_of(rule.properties.get("ScheduleExpression"))) or rule.id


def _names(aside: Aside) -> _Card | None:
    if not aside.hosted_zones:
        return None
    lines = [
        (text_of(zone.properties.get("Name")).rstrip("."), [zone]) for zone in aside.hosted_zones
    ]
    return _Card("name", "Route 53", lines)


_CARDS = (_alarms, _logs, _events, _names)
