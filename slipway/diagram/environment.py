"""The picture of an environment."""

from __future__ import annotations

from collections.abc import Iterable

from slipway.changes import AssembledStack
from slipway.diagram import blocks, estate, grounds, units
from slipway.diagram.canvas import Canvas
from slipway.diagram.estate import Estate
from slipway.diagram.heading import heading

MARGIN = 18
_INNER = 16
_CLIENTS = 62


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
    found = estate.read(stacks)
    canvas = Canvas()
    field = blocks.arrange(found)
    width = 2 * (MARGIN + _INNER) + field.width
    top = heading(
        canvas,
        width,
        title,
        [f"account {found.account}", found.region],
    )
    clients = [block for block in found.blocks if block.public and block.admits]
    vpc_top = top + (_CLIENTS if clients else 0)
    field_top = vpc_top + 44
    ground_top = field_top + field.height + 18

    # The frame comes first and lies under everything; its height is known at last.
    inside = Canvas()
    bottom = grounds.inside(
        inside, found, MARGIN + _INNER, ground_top, width - 2 * (MARGIN + _INNER)
    )
    if found.vpc is not None:
        with canvas.of(found.vpc.source, "VPC"):
            canvas.rect(
                MARGIN,
                vpc_top,
                width - 2 * MARGIN,
                bottom + _INNER - vpc_top,
                "fill-card line-grey wire",
                radius=14,
            )
            canvas.text(MARGIN + _INNER, vpc_top + 27, "VPC", "name text-ink")
            canvas.text(
                MARGIN + _INNER + 40,
                vpc_top + 27,
                str(found.vpc.properties.get("CidrBlock", "")),
                "text-muted",
            )
    field.draw(canvas, MARGIN + _INNER, field_top, clients_y=top + 22 if clients else None)
    canvas.take(inside)
    height = grounds.outside(canvas, found, MARGIN, bottom + _INNER + 14, width - 2 * MARGIN)
    return canvas.document(width, height + MARGIN, title=title, text=in_words(found))


def in_words(found: Estate) -> str:
    """Say what the picture shows."""
    zones = units.counted(len(found.zones), "zone")
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
