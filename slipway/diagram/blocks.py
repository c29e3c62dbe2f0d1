"""Load balancers with the services behind them, side by side, and who calls whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby

from slipway.diagram import units
from slipway.diagram.canvas import Canvas, Point, chip_width
from slipway.diagram.estate import ANYWHERE, Block, Call, Estate, Service
from slipway.diagram.wiring import Cell, Net, Wiring, plan, uses_channel

BLOCK_WIDTH = 296
_PAD = 12
_LINE = 19
_CHIP = 22
_GROUPS = 34
_TRACK = 10
_TIER_LOOKS = {"Public": "amber", "Private": "blue", "Isolated": "grey"}
_CALL_LOOKS = ("violet", "green", "blue", "amber", "red", "grey")
# More columns where there is more to show: a picture stays about as high as it is wide.
_COLUMNS = ((1, 1), (6, 2), (15, 3))
_MOST_COLUMNS = 4
_LEAST_WIDTH = 648


def arrange(found: Estate) -> Field:
    """Place the blocks of an environment in rows, callers first."""
    columns = next((c for most, c in _COLUMNS if len(found.blocks) <= most), _MOST_COLUMNS)
    cells = {
        id(block): Cell(number // columns, number % columns)
        for number, block in enumerate(found.blocks)
    }
    home = {
        service.resource: cells[id(block)] for block in found.blocks for service in block.services
    }
    called = {
        id(block): [call for call in found.calls if call.callee == block.load_balancer]
        for block in found.blocks
    }
    nets = {
        key: Net(cells[key], tuple(sorted({home[call.caller] for call in calls})))
        for key, calls in called.items()
        if calls
    }
    return Field(found.blocks, cells, columns, found.calls, nets, plan(list(nets.values())))


@dataclass
class Field:
    """Blocks in their places."""

    blocks: list[Block]
    cells: dict[int, Cell]
    columns: int
    calls: list[Call]
    nets: dict[int, Net]
    wiring: Wiring
    _exits: dict[str, float] = field(default_factory=dict)

    @property
    def width(self) -> float:
        """How wide they are together, gutters included."""
        return max(_LEAST_WIDTH, self._gutters() + self.columns * BLOCK_WIDTH)

    @property
    def block_width(self) -> float:
        """How wide each of them is."""
        if self.columns == 1:
            return BLOCK_WIDTH + 64
        return (self.width - self._gutters()) / self.columns

    @property
    def height(self) -> float:
        """How high they are together, channels included."""
        return sum(self._channel(row) + self._row_height(row) for row in range(self._rows))

    @property
    def _rows(self) -> int:
        return max((cell.row for cell in self.cells.values()), default=-1) + 1

    def _gutters(self) -> float:
        return sum(self._gutter(column) for column in range(self.columns + 1))

    def _gutter(self, column: int) -> float:
        tracks = self.wiring.gutter_tracks(column)
        outer = column in {0, self.columns}
        trunk = _TRACK if column == 0 and self._has_trunk else 0
        if outer and not tracks:
            return trunk
        return (10 if outer else 24) + _TRACK * (tracks + (0 if outer else -1)) + trunk

    @property
    def _has_trunk(self) -> bool:
        """Clients reach blocks below the first row along the left edge."""
        return any(b.public and self.cells[id(b)].row for b in self.blocks)

    def _channel(self, row: int) -> float:
        tracks = self.wiring.channel_tracks(row)
        clients = any(block.public for block in self._in_row(row))
        least = (14 if clients else 6) if row == 0 else 28
        return max(least, 14 + _TRACK * (tracks + (1 if clients else 0)))

    def _in_row(self, row: int) -> list[Block]:
        return [block for block in self.blocks if self.cells[id(block)].row == row]

    def _row_height(self, row: int) -> float:
        return self._way_in_height(row) + max(
            sum(_service_height(service) + _GROUPS for service in block.services)
            for block in self._in_row(row)
        )

    def _way_in_height(self, row: int) -> float:
        return max(_way_in_height(block, self.block_width) for block in self._in_row(row))

    def draw(self, canvas: Canvas, x: float, y: float, *, clients_y: float | None) -> None:
        """Draw them with the upper left corner at (x, y), and clients above."""
        lefts, left = [], x
        for column in range(self.columns):
            left += self._gutter(column)
            lefts.append(left)
            left += self.block_width
        if self.columns == 1:
            lefts = [x + (self.width - self.block_width) / 2]
        tops, top = [], y
        for row in range(self._rows):
            top += self._channel(row)
            tops.append(top)
            top += self._row_height(row)
        grid = _Grid(self, x, lefts, tops)
        if clients_y is not None:
            grid.draw_clients(canvas, clients_y)
        for block in self.blocks:
            cell = self.cells[id(block)]
            self._draw_block(canvas, block, lefts[cell.column], tops[cell.row], cell.row)
        grid.draw_calls(canvas, self._exits)

    def _draw_block(self, canvas: Canvas, block: Block, x: float, y: float, row: int) -> None:
        width, way_in = self.block_width, self._way_in_height(row)
        height = self._row_height(row) if block.services else way_in
        canvas.rect(x, y, width, height, "fill-card line-line wire", radius=12)
        if block.load_balancer is not None:
            with canvas.of(block.load_balancer.source, f"Load balancer {block.label}"):
                _draw_way_in(canvas, block, x, y, width, way_in)
        top = y + way_in
        for service in block.services:
            _draw_groups(canvas, service, x, top, width)
            top += _GROUPS
            self._exits[service.resource.source] = top + 19
            is_last = service is block.services[-1]
            bottom = y + self._row_height(row) if is_last else top + _service_height(service)
            with canvas.of(service.resource.source, f"ECS service {service.name}"):
                _draw_service(canvas, service, x, top, width, bottom - top)
            top = bottom


@dataclass
class _Grid:
    """Where everything is at last."""

    field: Field
    x: float
    lefts: list[float]
    tops: list[float]

    def gutter_x(self, column: int, net: Net) -> float:
        """Return where a net runs in the gutter on the left of a column."""
        track = self.field.wiring.gutters[column][net]
        width = self.field._gutter(column)
        right = (
            self.lefts[column]
            if column < self.field.columns
            else self.lefts[-1] + self.field.block_width + width
        )
        tracks = self.field.wiring.gutter_tracks(column)
        if column == self.field.columns:
            return right - width + 10 + _TRACK * track
        return right - 12 - _TRACK * (tracks - 1 - track)

    def channel_y(self, row: int, net: Net) -> float:
        """Return where a net runs in the channel above a row."""
        track = self.field.wiring.channels[row][net]
        return self.tops[row] - self.field._channel(row) + 10 + _TRACK * track

    def draw_calls(self, canvas: Canvas, exits: dict[str, float]) -> None:
        """Draw a line for each call."""
        used: dict[str, int] = {}
        for number, (key, net) in enumerate(self.field.nets.items()):
            block = next(each for each in self.field.blocks if id(each) == key)
            look = _CALL_LOOKS[number % len(_CALL_LOOKS)]
            tip = (self.lefts[net.to.column], self.tops[net.to.row] + 22)
            for call in (c for c in self.field.calls if c.callee == block.load_balancer):
                caller = next(
                    each
                    for each in self.field.blocks
                    if any(service.resource == call.caller for service in each.services)
                )
                name = next(s.name for s in caller.services if s.resource == call.caller)
                source = call.caller.source
                used[source] = used.get(source, -1) + 1
                start = exits[source] + _TRACK * used[source]
                with canvas.of(call.resource.source, f"{name} calls {block.label}"):
                    canvas.wire(
                        self._way(net, self.field.cells[id(caller)], start, tip),
                        f"line-{look} bold",
                        arrow=True,
                    )

    def _way(self, net: Net, source: Cell, start: float, tip: Point) -> list[Point]:
        begin = (self.lefts[source.column] + self.field.block_width, start)
        first = self.gutter_x(source.column + 1, net)
        if not uses_channel(net, source):
            return [begin, (first, start), (first, tip[1]), tip]
        across, last = self.channel_y(net.to.row, net), self.gutter_x(net.to.column, net)
        return [begin, (first, start), (first, across), (last, across), (last, tip[1]), tip]

    def draw_clients(self, canvas: Canvas, y: float) -> None:
        """Draw who comes from outside, and the ways to every block that lets them in."""
        public = [b for b in self.field.blocks if b.public and b.admits]
        cells = [self.field.cells[id(block)] for block in public]
        centres = [self.lefts[cell.column] + self.field.block_width / 2 for cell in cells]
        centre = centres[0]
        canvas.circle(centre, y, 17, "fill-amber-tint line-amber wire")
        canvas.glyph("clients", centre - 10, y - 10, "line-amber-ink")
        admitted = sorted({each for block in public for each in block.admits})
        anybody = ANYWHERE in admitted
        label = "the internet" if anybody else ", ".join(admitted)
        canvas.text(centre + 26, y - 1, "clients", "name text-ink")
        canvas.text(centre + 26, y + 15, f"from {label}", "text-muted small")
        for row, group in groupby(zip(cells, centres, strict=True), key=lambda each: each[0].row):
            bus = self.tops[row] - 9
            trunk = self.x + 4
            for cell, x in group:
                way: list[Point] = [(centre, y + 17)]
                if row == 0:
                    turn = self.tops[0] - 16
                    way += [(centre, turn), (x, turn)]
                else:
                    turn = self.tops[0] - 16
                    way += [(centre, turn), (trunk, turn), (trunk, bus), (x, bus)]
                way.append((x, self.tops[cell.row]))
                canvas.wire(way, "line-amber bold", arrow=True)


def _way_in_height(block: Block, width: float) -> float:
    if block.load_balancer is None:
        return 0
    lines = 2 + max(0, len(block.names) - 1) + (1 if block.firewall else 0)
    return _PAD + _LINE * lines + 6 + (_CHIP + 6) * len(_chip_rows(block, width)) + _PAD - 6


def _chip_rows(block: Block, width: float) -> list[list[str]]:
    rows: list[list[str]] = []
    used = width
    for listener in block.listeners:
        wanted = chip_width(listener.label, "small") + 6
        if used + wanted > width - 2 * _PAD + 6:
            rows.append([])
            used = 0
        rows[-1].append(listener.label)
        used += wanted
    return rows


def _draw_way_in(
    canvas: Canvas, block: Block, x: float, y: float, width: float, height: float
) -> None:
    role = _TIER_LOOKS.get(block.tier, "grey")
    canvas.rect(x, y, width, height, f"fill-{role}-tint line-{role} wire", radius=12)
    canvas.glyph(
        "load_balancer",
        x + _PAD,
        y + _PAD - 1,
        f"line-{role}-ink" if role != "grey" else "line-muted",
    )
    line = y + _PAD + 15
    room = width - 2 * _PAD - 28
    if block.names:
        for name, source in block.names:
            with canvas.of(source, f"Route 53: {name}"):
                canvas.text(x + _PAD + 28, line, name, "name text-ink", room=room)
            line += _LINE
    else:
        canvas.text(x + _PAD + 28, line, block.label, "name text-ink", room=room)
        line += _LINE
    reach = "internet-facing" if block.public else "internal"
    canvas.text(x + _PAD + 28, line, f"{reach} load balancer", "text-muted", room=room)
    line += _LINE
    if block.firewall is not None:
        rules = units.counted(len(block.firewall.properties.get("Rules", ())), "rule")
        with canvas.of(block.firewall.source, "AWS WAF"):
            canvas.glyph("shield", x + _PAD + 1, line - 14, f"line-{role}-ink", size=18)
            canvas.text(x + _PAD + 28, line, f"AWS WAF, {rules}", "text-ink")
        line += _LINE
    top = line - 9
    listeners = iter(block.listeners)
    for labels in _chip_rows(block, width):
        left = x + _PAD
        for label in labels:
            listener = next(listeners)
            look = "line-violet" if listener.is_test else f"line-{role}"
            ink = "text-violet-ink" if listener.is_test else "text-ink"
            with canvas.of(listener.resource.source, f"Listener {label}"):
                left += canvas.chip(left, top, label, f"fill-card {look}", f"small {ink}") + 6
        top += _CHIP + 6


def _draw_groups(canvas: Canvas, service: Service, x: float, y: float, width: float) -> None:
    """Draw the two target groups that take turns."""
    names = (("blue", "blue"), ("green", "green"))
    pill, gap = 62, 16
    left = x + _PAD + 28
    for group, (label, role) in zip(service.target_groups, names, strict=False):
        centre = left + pill / 2
        with canvas.of(group.source, f"Target group {label}"):
            canvas.wire([(centre, y), (centre, y + _GROUPS)], f"line-{role} bold")
            canvas.rect(left, y + 7, pill, 20, f"fill-{role}", radius=10)
            canvas.text(centre, y + 21.3, label, "small strong text-white", anchor="middle")
        left += pill + gap
    if service.hooks:
        label = units.counted(len(service.hooks), "hook")
        source = ",".join(each.source for each in service.hooks)
        with canvas.of(source, "Functions that CodeDeploy asks; they reach the test listener"):
            wide = chip_width(label, "small")
            canvas.chip(
                x + width - _PAD - wide,
                y + 6,
                label,
                "fill-violet-tint line-violet",
                "small text-violet-ink",
            )


def _service_height(service: Service) -> float:
    extra = len(service.secrets) + (1 if service.log_group else 0)
    return _PAD + _LINE * (3 + extra) + 8


def _draw_service(
    canvas: Canvas, service: Service, x: float, y: float, width: float, height: float
) -> None:
    canvas.rect(x, y, width, height, "fill-blue-tint line-blue wire", radius=12)
    canvas.glyph("service", x + _PAD, y + _PAD - 1, "line-blue-ink")
    line, left = y + _PAD + 15, x + _PAD + 28
    room = width - 2 * _PAD - 28
    chip = chip_width(service.runs_on, "small strong") if service.runs_on else 0
    canvas.text(left, line, service.name, "name text-ink", room=room - chip - 6)
    if service.runs_on:
        canvas.chip(
            x + width - _PAD - chip,
            y + _PAD - 2,
            service.runs_on,
            "fill-card line-blue",
            "small strong text-blue-ink",
        )
    line += _LINE
    canvas.text(left, line, service.size, "text-muted", room=room)
    line += _LINE
    canvas.text(left, line, service.tasks, "text-muted", room=room)
    line += _LINE
    for secret in service.secrets:
        with canvas.of(secret.source, f"Secret {secret.name}"):
            canvas.glyph("key", x + _PAD + 1, line - 14, "line-muted", size=18)
            canvas.text(left, line, secret.name, "text-ink", room=room)
        line += _LINE
    if service.log_group is not None:
        name = str(service.log_group.properties.get("LogGroupName", "log group"))
        with canvas.of(service.log_group.source, f"Log group {name}"):
            canvas.glyph("log", x + _PAD + 1, line - 14, "line-muted", size=18)
            canvas.text(left, line, name, "text-ink", room=room)
