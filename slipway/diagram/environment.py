"""The picture of an environment."""

from __future__ import annotations

from collections.abc import Iterable

from slipway.changes import AssembledStack
from slipway.diagram import estate_reading, grounds, units
from slipway.diagram.canvas import Canvas
from slipway.diagram.estate import Estate
from slipway.diagram.field import Field
from slipway.diagram.heading import MARGIN, heading
from slipway.diagram.layout import Layout

_INNER = 16
_CLIENTS = 62
_VPC_HEAD = 42
_BELOW_FIELD = 18


def draw(stacks: Iterable[AssembledStack], title: str) -> str:
    """Draw an environment.

    Parameters
    ----------
    stacks
        Those of the environment, and no others.
    title
        What it is called: ``shop in prod``.

    Returns
    -------
    str
        An SVG document, the same for the same templates.
    """
    found = estate_reading.read(stacks)
    layout = Layout(found)
    canvas = Canvas()
    left = MARGIN + _INNER
    width = 2 * left + layout.width
    top = heading(canvas, width, title, [f"account {found.account}", found.region])
    clients = any(block.lets_clients_in for block in found.blocks)
    vpc_top = top + (_CLIENTS if clients else 0)
    field_top = vpc_top + _VPC_HEAD

    # The frame comes first and lies under everything, but its height is known last.
    inside = Canvas()
    Field(found, layout, left, field_top).draw(inside, top + 22 if clients else None)
    bottom = grounds.draw(
        inside, found, left, field_top + layout.height + _BELOW_FIELD, layout.width
    )
    _draw_vpc(canvas, found, vpc_top, width, bottom + _INNER - vpc_top)
    canvas.take(inside)
    bottom = grounds.draw_aside(canvas, found, bottom + _INNER + 14, width)
    return canvas.document(width, bottom + MARGIN, title=title, text=in_words(found))


def _draw_vpc(canvas: Canvas, found: Estate, y: float, width: float, height: float) -> None:
    vpc = found.network.vpc
    if vpc is None:
        return
    x = MARGIN + _INNER
    with canvas.of(vpc.source, "VPC"):
        canvas.rect(MARGIN, y, width - 2 * MARGIN, height, "fill-card line-grey wire", radius=14)
        canvas.text(x, y + 27, "VPC", "name text-ink")
        canvas.text(x + 40, y + 27, str(vpc.properties.get("CidrBlock", "")), "text-muted")


def in_words(found: Estate) -> str:
    """Say what the picture shows."""
    zones = units.counted(len(found.network.zones), "zone")
    sentences = [f"An environment in account {found.account}, {found.region}, over {zones}."]
    for block in found.blocks:
        for service in block.services:
            reach = "from the internet" if block.public else "from within"
            ports = ", ".join(listener.label for listener in block.listeners)
            way = f" It is reached {reach} at {block.label} ({ports})." if ports else ""
            sentences.append(
                f"Service {service.name} runs on {service.runs_on}, {service.tasks}.{way}"
            )
    names = {service.resource: service.name for service in found.services}
    labels = {block.load_balancer: block.label for block in found.blocks}
    sentences += [f"{names[call.caller]} calls {labels[call.callee]}." for call in found.calls]
    return " ".join(sentences)
