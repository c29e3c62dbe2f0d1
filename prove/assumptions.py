"""docs/proof/unproven.md as data: its rows, which proof tries each, and what was seen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from prove.errors import ProveError

PAGE = Path(__file__).resolve().parent.parent / "docs" / "proof" / "unproven.md"

_ROW = re.compile(r"\| (?P<number>\d+) \|(?P<cells>.*)\|\s*")
_PROOF = re.compile(r"`(?P<proof>[a-z0-9-]+)`: .")
_BY_HAND = re.compile(r"by hand, (?P<reason>[^:]+): .")


@dataclass(frozen=True)
class Assumption:
    """A row of docs/proof/unproven.md.

    Attributes
    ----------
    number
        Its number, which it keeps.
    assumption
        What is assumed.
    proof
        The name of the proof that tries it; None where somebody has to.
    reason
        Why somebody has to; None where a proof does.
    tried
        What was seen so far.
    """

    number: int
    assumption: str
    proof: str | None
    reason: str | None
    tried: str


def read(page: str) -> Iterator[Assumption]:
    """Yield the rows of the page's tables.

    Raises
    ------
    ProveError
        A row has not five cells.
    """
    for line in page.splitlines():
        match = _ROW.fullmatch(line)
        if match is None:
            continue
        cells = [cell.strip() for cell in match["cells"].split("|")]
        if len(cells) != 4:
            raise ProveError(f"docs/proof/unproven.md: row {match['number']} must have five cells")
        how = cells[2]
        proof, by_hand = _PROOF.match(how), _BY_HAND.match(how)
        yield Assumption(
            number=int(match["number"]),
            assumption=cells[0],
            proof=proof["proof"] if proof else None,
            reason=by_hand["reason"] if by_hand else None,
            tried=cells[3],
        )


def record(page: str, seen: Mapping[int, str]) -> str:
    """Return the page with what was seen in the last column, behind what stood there.

    Parameters
    ----------
    page
        The page as it is.
    seen
        Row: a text of one line.
    """
    lines = []
    for line in page.splitlines(keepends=True):
        match = _ROW.fullmatch(line.rstrip("\n"))
        number = int(match["number"]) if match else None
        if number is not None and number in seen:
            front, _, tried = line.rstrip().removesuffix("|").rpartition("|")
            text = "; ".join(filter(None, (tried.strip(), seen[number].replace("|", "/"))))
            line = f"{front}| {text} |\n"
        lines.append(line)
    return "".join(lines)
