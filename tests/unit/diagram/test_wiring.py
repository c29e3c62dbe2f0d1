"""Lines between blocks keep apart, however many there are."""

from hypothesis import given
from hypothesis import strategies as st

from slipway.diagram.wiring import Cell, Net, plan, uses_channel

CELLS = st.builds(Cell, st.integers(0, 9), st.integers(0, 3))


@st.composite
def nets(draw):
    targets = draw(st.lists(CELLS, min_size=1, max_size=12, unique=True))
    found = []
    for to in targets:
        others = CELLS.filter(lambda cell, to=to: cell != to)
        found.append(Net(to, tuple(sorted(draw(st.sets(others, min_size=1, max_size=5))))))
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


@given(nets())
def test_no_two_nets_lie_on_one_another(drawn):
    wiring = plan(drawn)
    for tracks, kind in ((wiring.gutters, 0), (wiring.channels, 1)):
        for place, of in tracks.items():
            for a in of:
                for b in of:
                    if a is b or of[a] != of[b]:
                        continue
                    first, second = spans(a)[kind][place], spans(b)[kind][place]
                    assert max(first) < min(second) or max(second) < min(first)


@given(nets())
def test_every_line_has_a_track_wherever_it_goes(drawn):
    wiring = plan(drawn)
    for net in drawn:
        down, across = spans(net)
        assert all(net in wiring.gutters[gutter] for gutter in down)
        assert all(net in wiring.channels[row] for row in across)
