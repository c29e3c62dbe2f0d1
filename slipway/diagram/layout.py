"""Where blocks stand, and the gutters and channels between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slipway.diagram.blocks import GROUPS_HEIGHT, entrance_height, service_height
from slipway.diagram.estate import Block, Call, Estate
from slipway.diagram.wiring import Cell, Net, Wiring, plan

BLOCK_WIDTH = 296
TRACK = 10
"""From one line to the next that runs beside it."""

# More columns where there is more to show, so that a picture doesn't become much too high.
_COLUMNS = ((1, 1), (6, 2), (15, 3))
_MOST_COLUMNS = 4
_LEAST_WIDTH = 648
_ALONE_WIDTH = 360
_OUTER_GUTTER, _INNER_GUTTER = 10, 24
_LEAST_CHANNEL, _FIRST_CHANNEL = 28, 6
# Blocks of a row are made as high as the highest, unless that would leave them half empty.
_MOST_STRETCH = 60


@dataclass(frozen=True)
class Placed:
    """A block in its cell."""

    block: Block
    cell: Cell


class Layout:
    """Blocks in rows, callers first, with room for the lines between them."""

    def __init__(self, found: Estate) -> None:
        count = len(found.blocks)
        self.columns = next((number for most, number in _COLUMNS if count <= most), _MOST_COLUMNS)
        self.placed = [
            Placed(block, Cell(number // self.columns, number % self.columns))
            for number, block in enumerate(found.blocks)
        ]
        self.rows = -(-count // self.columns)
        self._home = {
            service.resource: placed for placed in self.placed for service in placed.block.services
        }
        self.nets = self._nets(found.calls)
        self.wiring: Wiring = plan(list(self.nets.values()))

    def home_of(self, call: Call) -> Placed:
        """Return the block of who calls."""
        return self._home[call.caller]

    def _nets(self, calls: Sequence[Call]) -> dict[Cell, Net]:
        sources: dict[Cell, set[Cell]] = {}
        for call in calls:
            for placed in self.placed:
                if placed.block.load_balancer == call.callee:
                    sources.setdefault(placed.cell, set()).add(self._home[call.caller].cell)
        return {cell: Net(cell, tuple(sorted(of))) for cell, of in sorted(sources.items())}

    @property
    def width(self) -> float:
        """How wide they are together, gutters included."""
        return max(_LEAST_WIDTH, self._gutters + self.columns * BLOCK_WIDTH)

    @property
    def block_width(self) -> float:
        """How wide each block is."""
        if self.columns == 1:
            return _ALONE_WIDTH
        return (self.width - self._gutters) / self.columns

    @property
    def height(self) -> float:
        """How high they are together, channels included."""
        return sum(self.channel(row) + self._row_height(row) for row in range(self.rows))

    def lefts(self, x: float) -> list[float]:
        """Return where each column begins, the field beginning at x."""
        if self.columns == 1:
            return [x + (self.width - self.block_width) / 2]
        lefts = []
        for column in range(self.columns):
            x += self.gutter(column)
            lefts.append(x)
            x += self.block_width
        return lefts

    def tops(self, y: float) -> list[float]:
        """Return where each row begins, the field beginning at y."""
        tops = []
        for row in range(self.rows):
            y += self.channel(row)
            tops.append(y)
            y += self._row_height(row)
        return tops

    @property
    def has_trunk(self) -> bool:
        """Whether clients reach blocks below the first row, along the left edge."""
        return any(each.block.lets_clients_in and each.cell.row for each in self.placed)

    @property
    def _gutters(self) -> float:
        return sum(self.gutter(column) for column in range(self.columns + 1))

    def gutter(self, column: int) -> float:
        """Return how wide the gutter on the left of a column is; the last is on the right."""
        tracks = self.wiring.gutter_tracks(column)
        trunk = TRACK if column == 0 and self.has_trunk else 0
        if column not in {0, self.columns}:
            return _INNER_GUTTER + TRACK * (max(tracks, 1) - 1)
        return trunk + (_OUTER_GUTTER + TRACK * tracks if tracks else 0)

    def channel(self, row: int) -> float:
        """Return how high the channel above a row is."""
        tracks = self.wiring.channel_tracks(row)
        clients = any(each.block.lets_clients_in for each in self._in(row))
        least = _LEAST_CHANNEL if row else _FIRST_CHANNEL + (8 if clients else 0)
        return max(least, 14 + TRACK * (tracks + (1 if clients else 0)))

    def _in(self, row: int) -> list[Placed]:
        return [each for each in self.placed if each.cell.row == row]

    def entrance_height(self, placed: Placed) -> float:
        """Return how high a block's load balancer is drawn."""
        own = entrance_height(placed.block, self.block_width)
        row = [entrance_height(each.block, self.block_width) for each in self._in(placed.cell.row)]
        # A difference of a line or two is evened out; beside three of them it would look empty.
        return max((each for each in row if own and each <= own + _MOST_STRETCH), default=own)

    def bottom(self, placed: Placed) -> float:
        """Return how far below its upper edge a block ends."""
        own = self._own_height(placed)
        heights = [self._own_height(each) for each in self._in(placed.cell.row)]
        return max(each for each in heights if each <= own + _MOST_STRETCH)

    def _own_height(self, placed: Placed) -> float:
        return self.entrance_height(placed) + sum(
            GROUPS_HEIGHT + service_height(service) for service in placed.block.services
        )

    def _row_height(self, row: int) -> float:
        return max(self._own_height(each) for each in self._in(row))
