"""Lines between cells of a grid that never cross a cell and never lie on one another.

Between columns are gutters, between rows channels. Each line keeps a track of its own in every
gutter and channel that it goes through; lines to the same cell share one, as a bus.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

# Where in a row, whose number counts ten, a line may turn: in the channel above it, where it
# enters a cell, and where it leaves one.
_ROW, _ENTRY, _EXIT = 10, 3, 7


@dataclass(frozen=True, order=True)
class Cell:
    """A place in the grid."""

    row: int
    column: int


@dataclass(frozen=True)
class Net:
    """Lines from several cells' right sides to one cell's left side."""

    to: Cell
    sources: tuple[Cell, ...]


@dataclass(frozen=True)
class Wiring:
    """The track of every net, in gutters (by column) and channels (by row)."""

    gutters: Mapping[int, Mapping[Net, int]]
    channels: Mapping[int, Mapping[Net, int]]

    def gutter_tracks(self, column: int) -> int:
        """Return how many tracks the gutter on the left of a column has."""
        return max(self.gutters.get(column, {}).values(), default=-1) + 1

    def channel_tracks(self, row: int) -> int:
        """Return how many tracks the channel above a row has."""
        return max(self.channels.get(row, {}).values(), default=-1) + 1


def uses_channel(net: Net, source: Cell) -> bool:
    """Tell whether a line has to leave the gutter in which it begins."""
    return source.column + 1 != net.to.column


def plan(nets: Sequence[Net]) -> Wiring:
    """Give each net its tracks."""
    vertical: dict[int, dict[Net, list[int]]] = defaultdict(lambda: defaultdict(list))
    horizontal: dict[int, dict[Net, list[int]]] = defaultdict(lambda: defaultdict(list))
    for net in nets:
        entry, channel = net.to.row * _ROW + _ENTRY, net.to.row * _ROW
        for source in net.sources:
            exit_, gutter = source.row * _ROW + _EXIT, source.column + 1
            if uses_channel(net, source):
                vertical[gutter][net] += [exit_, channel]
                horizontal[net.to.row][net] += [gutter, net.to.column]
                vertical[net.to.column][net] += [channel, entry]
            else:
                vertical[gutter][net] += [exit_, entry]
    return Wiring(
        {column: _tracks(spans) for column, spans in vertical.items()},
        {row: _tracks(spans) for row, spans in horizontal.items()},
    )


def _tracks(spans: Mapping[Net, Iterable[int]]) -> dict[Net, int]:
    """Give spans that touch different tracks, the first that is free."""
    ends: list[int] = []
    tracks: dict[Net, int] = {}
    for net, span in sorted(spans.items(), key=lambda each: (min(each[1]), max(each[1]))):
        begin, end = min(span), max(span)
        track = next((n for n, last in enumerate(ends) if last < begin), len(ends))
        ends[track : track + 1] = [end]
        tracks[net] = track
    return tracks
