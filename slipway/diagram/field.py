"""The blocks of an environment in their places, and who calls whom."""

from __future__ import annotations

from collections.abc import Sequence

from slipway.diagram.blocks import (
    ENTRY,
    EXIT,
    GROUPS_HEIGHT,
    draw_entrance,
    draw_service,
    draw_target_groups,
    service_height,
)
from slipway.diagram.canvas import Canvas, Point
from slipway.diagram.estate import ANYWHERE, Call, Estate
from slipway.diagram.layout import TRACK, Layout, Placed
from slipway.diagram.templates import Resource
from slipway.diagram.wiring import Cell, Net, uses_channel

# Not amber: so is the way from outside.
_CALL_ROLES = ("violet", "green", "pink", "teal", "blue", "grey")
_BUS = 9
_TURN = 16
_CLIENTS_RADIUS = 17


class Field:
    """Blocks at known places; what is drawn into a canvas."""

    def __init__(self, found: Estate, layout: Layout, x: float, y: float) -> None:
        self._found = found
        self._layout = layout
        self._x = x
        self._lefts = layout.lefts(x)
        self._tops = layout.tops(y)
        self._exits: dict[Resource, float] = {}

    def draw(self, canvas: Canvas, clients_y: float | None) -> None:
        """Draw everything.

        Parameters
        ----------
        clients_y
            The height of clients, above all blocks; ``None`` if there are none.
        """
        if clients_y is not None:
            self._draw_clients(canvas, clients_y)
        for placed in self._layout.placed:
            self._draw_block(canvas, placed)
        self._draw_calls(canvas)

    def _corner(self, placed: Placed) -> Point:
        return self._lefts[placed.cell.column], self._tops[placed.cell.row]

    def _draw_block(self, canvas: Canvas, placed: Placed) -> None:
        layout, block = self._layout, placed.block
        (x, y), width = self._corner(placed), layout.block_width
        entrance, bottom = layout.entrance_height(placed), y + layout.bottom(placed)
        canvas.rect(x, y, width, bottom - y, "fill-card line-line wire", radius=12)
        if block.load_balancer is not None:
            draw_entrance(canvas, block, x, y, width, entrance)
        top = y + entrance
        for service in block.services:
            several = len(block.services) > 1
            draw_target_groups(canvas, service, x, top, width, port=several)
            top += GROUPS_HEIGHT
            self._exits[service.resource] = top + EXIT
            end = bottom if service is block.services[-1] else top + service_height(service)
            draw_service(canvas, service, x, top, width, end - top)
            top = end

    def _draw_calls(self, canvas: Canvas) -> None:
        """Draw a line for each call; lines to the same load balancer have one colour."""
        names = {service.resource: service.name for service in self._found.services}
        drawn: dict[Resource, int] = {}
        for number, (cell, net) in enumerate(self._layout.nets.items()):
            callee = next(each for each in self._layout.placed if each.cell == cell)
            look = f"line-{_CALL_ROLES[number % len(_CALL_ROLES)]} bold"
            for call in self._found.calls:
                if call.callee != callee.block.load_balancer:
                    continue
                beside = drawn[call.caller] = drawn.get(call.caller, -1) + 1
                way = self._way(net, call, callee, beside)
                title = f"{names[call.caller]} calls {callee.block.label}"
                with canvas.of(call.resource.source, title):
                    canvas.wire(way, look, arrow=True)

    def _way(self, net: Net, call: Call, callee: Placed, beside: int) -> list[Point]:
        home = self._layout.home_of(call)
        start = self._exits[call.caller] + TRACK * beside
        x, y = self._corner(callee)
        tip = (x, y + ENTRY)
        begin = (self._lefts[home.cell.column] + self._layout.block_width, start)
        first = self._gutter_x(home.cell.column + 1, net)
        if not uses_channel(net, home.cell):
            return [begin, (first, start), (first, tip[1]), tip]
        across, last = self._channel_y(net.to, net), self._gutter_x(net.to.column, net)
        return [begin, (first, start), (first, across), (last, across), (last, tip[1]), tip]

    def _gutter_x(self, column: int, net: Net) -> float:
        """Return where a net runs in the gutter on the left of a column."""
        layout = self._layout
        track = layout.wiring.gutters[column][net]
        if column == layout.columns:
            return self._lefts[-1] + layout.block_width + 10 + TRACK * track
        tracks = layout.wiring.gutter_tracks(column)
        return self._lefts[column] - 12 - TRACK * (tracks - 1 - track)

    def _channel_y(self, cell: Cell, net: Net) -> float:
        """Return where a net runs in the channel above a row."""
        track = self._layout.wiring.channels[cell.row][net]
        return self._tops[cell.row] - self._layout.channel(cell.row) + 10 + TRACK * track

    def _draw_clients(self, canvas: Canvas, y: float) -> None:
        """Draw who comes from outside, and the ways to every block that lets them in."""
        public = [each for each in self._layout.placed if each.block.lets_clients_in]
        centre = self._middle(public[0])
        admitted = sorted({address for each in public for address in each.block.admits})
        label = "the internet" if ANYWHERE in admitted else ", ".join(admitted)
        for placed in public:
            balancer = placed.block.load_balancer
            assert balancer is not None  # noqa: S101 - it lets clients in
            with canvas.of(balancer.source, f"Clients reach {placed.block.label}"):
                way = [(centre, y), *self._way_in(placed, centre)]
                canvas.wire(way, "line-amber bold", arrow=True)
        canvas.circle(centre, y, _CLIENTS_RADIUS, "fill-amber-tint line-amber wire")
        canvas.glyph("clients", centre - 10, y - 10, "line-amber-ink")
        canvas.text(centre + 26, y - 1, "clients", "name text-ink")
        canvas.text(centre + 26, y + 15, f"from {label}", "text-muted small")

    def _middle(self, placed: Placed) -> float:
        return self._corner(placed)[0] + self._layout.block_width / 2

    def _way_in(self, placed: Placed, centre: float) -> Sequence[Point]:
        x, turn = self._middle(placed), self._tops[0] - _TURN
        end = (x, self._tops[placed.cell.row])
        if placed.cell.row == 0:
            return (centre, turn), (x, turn), end
        bus, trunk = end[1] - _BUS, self._x + 4
        return (centre, turn), (trunk, turn), (trunk, bus), (x, bus), end
