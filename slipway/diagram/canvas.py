"""What every picture is drawn with: shapes, text and glyphs, as one SVG document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape

from slipway.diagram import glyphs, lettering
from slipway.diagram.palette import style_sheet

SIZES = {"title": 22.0, "name": 15.0, "small": 12.0}
SIZE = 13.0

Point = tuple[float, float]


def size_of(look: str) -> float:
    """Return the font's size of a text with these classes."""
    return next((SIZES[each] for each in look.split() if each in SIZES), SIZE)


def is_bold(look: str) -> bool:
    """Tell whether a text with these classes is bold."""
    return not {"title", "name", "strong"}.isdisjoint(look.split())


def text_width(text: str, look: str = "") -> float:
    """Return how wide a text with these classes is."""
    return lettering.width(text, size_of(look), bold=is_bold(look))


class Canvas:
    """A picture that is being drawn; later shapes lie over earlier ones.

    Classes (`look`) are those of :mod:`slipway.diagram.palette`.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._looks: set[str] = set()

    def rect(
        self, x: float, y: float, width: float, height: float, look: str, *, radius: float = 8
    ) -> None:
        """Draw a rectangle."""
        self._add(
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" '
            f'rx="{_n(radius)}"{self._class(look)}/>'
        )

    def text(
        self,
        x: float,
        y: float,
        text: str,
        look: str = "text-ink",
        *,
        anchor: str = "start",
        room: float | None = None,
    ) -> None:
        """Write one line; where `room` is too little, its middle is left out."""
        shown = text
        if room is not None:
            shown = lettering.fitted(text, size_of(look), room, bold=is_bold(look))
        whole = f"<title>{escape(text)}</title>" if shown != text else ""
        where = f' text-anchor="{anchor}"' if anchor != "start" else ""
        self._add(
            f'<text x="{_n(x)}" y="{_n(y)}"{where}{self._class(look)}>'
            f"{whole}{escape(shown, quote=False)}</text>"
        )

    def circle(self, x: float, y: float, radius: float, look: str) -> None:
        """Draw a circle."""
        self._add(f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}"{self._class(look)}/>')

    def polygon(self, points: Sequence[Point], look: str) -> None:
        """Draw an area."""
        corners = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
        self._add(f'<polygon points="{corners}"{self._class(look)}/>')

    def wire(self, points: Sequence[Point], look: str, *, arrow: bool = False) -> None:
        """Draw a line with rounded corners along points; an arrow is at its last one."""
        corners = _without_straights(points)
        self._add(f'<path d="{_rounded(corners)}"{self._class(look)}/>')
        if arrow:
            self.arrow_head(corners[-2], corners[-1], _as_fill(look))

    def arrow_head(self, before: Point, tip: Point, look: str) -> None:
        """Draw the head of an arrow that comes from `before`, along an axis."""
        (ax, ay), (x, y) = before, tip
        across, along = 4.2, 7.5
        if ax == x:
            back = y - along if y > ay else y + along
            self.polygon([(x, y), (x - across, back), (x + across, back)], look)
        else:
            back = x - along if x > ax else x + along
            self.polygon([(x, y), (back, y - across), (back, y + across)], look)

    def glyph(self, name: str, x: float, y: float, look: str, *, size: float = 20) -> None:
        """Draw one of :mod:`slipway.diagram.glyphs`, its upper left corner at (x, y)."""
        scale = f" scale({_n(size / glyphs.SIZE)})" if size != glyphs.SIZE else ""
        self._add(
            f'<path transform="translate({_n(x)} {_n(y)}){scale}" '
            f'd="{glyphs.PATHS[name]}"{self._class(f"wire {look}")}/>'
        )

    def chip(
        self, x: float, y: float, text: str, look: str, ink: str, *, height: float = 22
    ) -> float:
        """Draw a text in a rounded box, and return the box's width."""
        width = chip_width(text, ink)
        self.rect(x, y, width, height, look, radius=height / 2 if height < 24 else 7)
        self.text(x + width / 2, y + height / 2 + size_of(ink) * 0.36, text, ink, anchor="middle")
        return width

    @contextmanager
    def of(self, source: str, title: str = "") -> Iterator[None]:
        """Say from which part of a template come the shapes drawn meanwhile, and what they are."""
        name = f"<title>{escape(title)}</title>" if title else ""
        self._add(f'<g data-from="{escape(source)}">{name}')
        yield
        self._add("</g>")

    def take(self, other: Canvas) -> None:
        """Put what another canvas holds over this one."""
        self._parts += other._parts
        self._looks |= other._looks

    def document(self, width: float, height: float, *, title: str, text: str) -> str:
        """Return the picture as an SVG document, as wide as its place.

        Parameters
        ----------
        width, height
            Its size in its own unit.
        title, text
            What it is, and in words what it shows, for those who don't see it.
        """
        ground = [
            f'<rect width="{_n(width)}" height="{_n(height)}" rx="14"{self._class("fill-paper")}/>'
        ]
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(width)} {_n(height)}" '
                'role="img" aria-labelledby="title text">',
                f'<title id="title">{escape(title)}</title>',
                f'<desc id="text">{escape(text)}</desc>',
                f"<style>{style_sheet(self._looks)}</style>",
                *ground,
                *self._parts,
                "</svg>\n",
            ]
        )

    def _class(self, look: str) -> str:
        self._looks.update(look.split())
        return f' class="{look}"' if look else ""

    def _add(self, markup: str) -> None:
        self._parts.append(markup)


def chip_width(text: str, look: str = "") -> float:
    """Return how wide :meth:`Canvas.chip` draws a text."""
    return text_width(text, look) + 18


def _n(number: float) -> str:
    return f"{round(number, 1):g}"


def _as_fill(look: str) -> str:
    return next(each for each in look.split() if each.startswith("line-")).replace("line", "fill")


def _without_straights(points: Sequence[Point]) -> list[Point]:
    """Leave out points at which a line does not turn."""
    kept: list[Point] = []
    for point in points:
        if kept and point == kept[-1]:
            continue
        if len(kept) > 1 and (
            kept[-2][0] == kept[-1][0] == point[0] or kept[-2][1] == kept[-1][1] == point[1]
        ):
            kept.pop()
        kept.append(point)
    return kept


def _rounded(points: Sequence[Point], radius: float = 7) -> str:
    x, y = points[0]
    steps = [f"M{_n(x)} {_n(y)}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        r = min(radius, _distance(before, corner) / 2, _distance(corner, after) / 2)
        (ax, ay), (bx, by) = _towards(corner, before, r), _towards(corner, after, r)
        steps.append(f"L{_n(ax)} {_n(ay)}Q{_n(corner[0])} {_n(corner[1])} {_n(bx)} {_n(by)}")
    x, y = points[-1]
    return "".join([*steps, f"L{_n(x)} {_n(y)}"])


def _distance(a: Point, b: Point) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _towards(start: Point, end: Point, by: float) -> Point:
    total = _distance(start, end) or 1
    return (
        start[0] + (end[0] - start[0]) * by / total,
        start[1] + (end[1] - start[1]) * by / total,
    )
