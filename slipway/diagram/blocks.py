"""A load balancer with the services behind it, as one block."""

from __future__ import annotations

from slipway.diagram import units
from slipway.diagram.canvas import Canvas, chip_width
from slipway.diagram.estate import Block, Listener, Service
from slipway.diagram.flow import rows_of
from slipway.diagram.templates import text_of

TIER_ROLES = {"Public": "amber", "Private": "blue", "Isolated": "grey"}
"""The colour of what is in subnets of a tier."""

_PAD = 12
_TEXT = _PAD + 28
_LINE = 19
_CHIP = 22
_GAP = 6
GROUPS_HEIGHT = 34
"""Of the row between load balancer and service, with the target groups."""

ENTRY = 22
"""How far below a block's upper edge calls arrive."""
EXIT = 19
"""How far below a service's upper edge they leave."""


def ink_of(role: str) -> str:
    """Return what text and lines of a role are called in the style sheet, without their kind."""
    return "muted" if role == "grey" else f"{role}-ink"


def entrance_height(block: Block, width: float) -> float:
    """Return how high the load balancer is drawn."""
    if block.load_balancer is None:
        return 0
    lines = 1 + max(1, len(block.names)) + (1 if block.firewall else 0)
    chips = len(_chip_rows(block, width)) * (_CHIP + _GAP)
    return _PAD + _LINE * lines + 6 + chips + 6


def service_height(service: Service) -> float:
    """Return how high a service is drawn."""
    return _PAD + _LINE * (3 + len(_details(service))) + 8


def draw_entrance(
    canvas: Canvas, block: Block, x: float, y: float, width: float, height: float
) -> None:
    """Draw the load balancer: what it is called, what protects it, and its listeners."""
    assert block.load_balancer is not None  # noqa: S101 - it is drawn
    role = TIER_ROLES.get(block.tier, "grey")
    room = width - _TEXT - _PAD
    with canvas.of(block.load_balancer.source, f"Load balancer {block.label}"):
        canvas.rect(x, y, width, height, f"fill-{role}-tint line-{role} wire", radius=12)
        canvas.glyph("load_balancer", x + _PAD, y + _PAD - 1, f"line-{ink_of(role)}")
        line = y + _PAD + 15
        for name, source in block.names or [(block.label, block.load_balancer.source)]:
            with canvas.of(source, name):
                canvas.text(x + _TEXT, line, name, "name text-ink", room=room)
            line += _LINE
        reach = "internet-facing" if block.public else "internal"
        canvas.text(x + _TEXT, line, f"{reach} load balancer", "text-muted", room=room)
    line += _LINE
    if block.firewall is not None:
        rules = units.counted(len(block.firewall.properties.get("Rules", ())), "rule")
        with canvas.of(block.firewall.source, "AWS WAF"):
            canvas.glyph("shield", x + _PAD + 1, line - 14, f"line-{ink_of(role)}", size=18)
            canvas.text(x + _TEXT, line, f"AWS WAF, {rules}", "text-ink")
        line += _LINE
    _draw_listeners(canvas, block, x + _PAD, line - 9, width, role)


def _draw_listeners(
    canvas: Canvas, block: Block, x: float, y: float, width: float, role: str
) -> None:
    for row in _chip_rows(block, width):
        left = x
        for listener in row:
            look = "line-violet" if listener.is_test else f"line-{role}"
            ink = "text-violet-ink" if listener.is_test else "text-ink"
            with canvas.of(listener.resource.source, f"Listener {listener.label}"):
                canvas.chip(left, y, listener.label, f"fill-card {look}", f"small {ink}")
            left += chip_width(listener.label, "small") + _GAP
        y += _CHIP + _GAP


def _chip_rows(block: Block, width: float) -> list[list[Listener]]:
    room = width - 2 * _PAD
    return rows_of(block.listeners, lambda each: chip_width(each.label, "small"), room, gap=_GAP)


def draw_target_groups(
    canvas: Canvas, service: Service, x: float, y: float, width: float, *, port: bool
) -> None:
    """Draw the two target groups that take turns, and who decides about it.

    Parameters
    ----------
    port
        Name the listener's port: where a load balancer leads to several services.
    """
    left, pill = x + _TEXT, 62
    for group, role in zip(service.target_groups, ("blue", "green"), strict=False):
        middle = left + pill / 2
        with canvas.of(group.source, f"Target group {role}"):
            canvas.wire([(middle, y), (middle, y + GROUPS_HEIGHT)], f"line-{role} bold")
            canvas.rect(left, y + 7, pill, 20, f"fill-{role}", radius=10)
            canvas.text(middle, y + 21.3, role, "small strong text-white", anchor="middle")
        left += pill + 16
    if port and service.port is not None:
        canvas.text(x + _TEXT - 6, y + 21.3, str(service.port), "small text-muted", anchor="end")
    if service.hooks:
        label = units.counted(len(service.hooks), "hook")
        right = x + width - _PAD - chip_width(label, "small")
        sources = ",".join(each.source for each in service.hooks)
        with canvas.of(sources, "Functions that CodeDeploy asks; they reach the test listener"):
            canvas.chip(
                right, y + 6, label, "fill-violet-tint line-violet", "small text-violet-ink"
            )


def draw_service(
    canvas: Canvas, service: Service, x: float, y: float, width: float, height: float
) -> None:
    """Draw a service: where it runs, how large its tasks are, their secrets and logs."""
    role = TIER_ROLES.get(service.tier, "grey")
    left, room = x + _TEXT, width - _TEXT - _PAD
    with canvas.of(service.resource.source, f"ECS service {service.name}"):
        canvas.rect(x, y, width, height, f"fill-{role}-tint line-{role} wire", radius=12)
        canvas.glyph("service", x + _PAD, y + _PAD - 1, f"line-{ink_of(role)}")
        line = y + _PAD + 15
        chip = 0.0
        if service.runs_on:
            look = f"small strong text-{ink_of(role)}"
            chip = chip_width(service.runs_on, look)
            canvas.chip(
                x + width - _PAD - chip,
                y + _PAD - 2,
                service.runs_on,
                f"fill-card line-{role}",
                look,
            )
        canvas.text(left, line, service.name, "name text-ink", room=room - chip - _GAP)
        for text in (service.size, service.tasks):
            line += _LINE
            canvas.text(left, line, text, "text-muted", room=room)
    for glyph, text, source, title in _details(service):
        line += _LINE
        with canvas.of(source, title):
            canvas.glyph(glyph, x + _PAD + 1, line - 14, "line-muted", size=18)
            canvas.text(left, line, text, "text-ink", room=room)


def _details(service: Service) -> list[tuple[str, str, str, str]]:
    """Return what else there is to say of a service: glyph, text, source, title."""
    found = [
        ("key", secret.name, secret.source, f"Secret {secret.name}") for secret in service.secrets
    ]
    if service.log_group is not None:
        name = text_of(service.log_group.properties.get("LogGroupName")) or "logs"
        found.append(("log", name, service.log_group.source, f"Log group {name}"))
    found += [
        ("service", f"with {name}", service.resource.source, f"Sidecar {name}")
        for name in service.sidecars
    ]
    if service.canary is not None:
        schedule = text_of(service.canary.properties.get("Schedule", {}).get("Expression"))
        text = f"canary, {units.schedule(schedule)}" if schedule else "canary"
        found.append(("eye", text, service.canary.source, "Synthetic canary"))
    return found
