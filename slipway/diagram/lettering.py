"""How wide a text is, without a font at hand.

Viewers have different fonts. These are the advance widths of Helvetica and of what is drawn to
replace it (Arial, Liberation Sans, Nimbus Sans), with room for those that are a little wider.
"""

from __future__ import annotations

# In thousandths of the font's size.
_WIDTHS = {
    222: "ijl'",
    278: " !,./:;I[]\\ftr|·",
    333: "-()`{}",
    389: '*"^',
    500: "ckvsxyzJ",
    556: "abdeghnopqu0123456789_?$#L",
    584: "+<=>~",
    611: "FTZ",
    667: "ABEKPSVXY&",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    944: "W",
    1000: "@%…→↷⟲∥",
}
_WIDTH = {character: width for width, characters in _WIDTHS.items() for character in characters}
_OTHER = 667
_BOLDER = 1.07
_ROOM = 1.04

ELLIPSIS = "…"


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide a text is, in the unit of `size`."""
    thousandths = sum(_WIDTH.get(character, _OTHER) for character in text)
    return thousandths / 1000 * size * _ROOM * (_BOLDER if bold else 1)


def fitted(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """Return the text, or as much of its beginning and end as there is room for."""
    if width(text, size, bold=bold) <= room:
        return text
    for kept in range(len(text) - 1, 1, -1):
        head = (kept + 1) // 2
        cut = f"{text[:head].rstrip()}{ELLIPSIS}{text[len(text) - (kept - head) :].lstrip()}"
        if width(cut, size, bold=bold) <= room:
            return cut
    return ELLIPSIS


def lines(text: str, size: float, room: float, *, bold: bool = False) -> list[str]:
    """Break a text into lines between words; a word that is too long is shortened."""
    found: list[str] = []
    for word in text.split():
        longer = f"{found[-1]} {word}" if found else word
        if found and width(longer, size, bold=bold) <= room:
            found[-1] = longer
        else:
            found.append(fitted(word, size, room, bold=bold))
    return found
