"""Lines between blocks keep apart, however many there are."""

import random

import pytest

from slipway.diagram.wiring import Cell, Net, plan, uses_channel


@pytest.fixture(params=range(40), ids=lambda seed: f"seed {seed}")
def nets(request):
    """Calls as nobody would draw them by hand: up to twelve cells, each called by up to five."""
    chance = random.Random(request.param)  # noqa: S311 - the same at every run
    cells = [Cell(row, column) for row in range(8) for column in range(4)]
    found = []
    for to in chance.sample(cells, chance.randint(1, 12)):
        others = [cell for cell in cells if cell != to]
        found.append(Net(to, tuple(sorted(chance.sample(others, chance.randint(1, 5))))))
    return found


def spans(net):
    """Of a net: (gutter, from, to) downwards, and (row, from, to) across."""
    down, across = {}, {}
    for source in net.sources:
        leave, enter, channel = source.row * 10 + 7, net.to.row * 10 + 3, net.to.row * 10
        gutter = source.column + 1
        if uses_channel(net, source):
            down.setdefault(gutter, []).extend((leave, channel))
            down.setdefault(net.to.column, []).extend((channel, enter))
            across.setdefault(net.to.row, []).extend((gutter, net.to.column))
        else:
            down.setdefault(gutter, []).extend((leave, enter))
    return down, across


def test_no_two_nets_lie_on_one_another(nets):
    wiring = plan(nets)
    for tracks, kind in ((wiring.gutters, 0), (wiring.channels, 1)):
        for place, of in tracks.items():
            for a in of:
                for b in of:
                    if a is b or of[a] != of[b]:
                        continue
                    first, second = spans(a)[kind][place], spans(b)[kind][place]
                    assert max(first) < min(second) or max(second) < min(first)


def test_every_line_has_a_track_wherever_it_goes(nets):
    wiring = plan(nets)
    for net in nets:
        down, across = spans(net)
        assert all(net in wiring.gutters[gutter] for gutter in down)
        assert all(net in wiring.channels[row] for row in across)
