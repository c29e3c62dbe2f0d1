"""The instructions of a Dockerfile, without comments, continued lines and here-documents.

https://docs.docker.com/reference/dockerfile/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_HERE_DOCUMENT = re.compile(r"""<<-?\s*["']?([A-Za-z_][A-Za-z0-9_]*)["']?""")
_WITH_HERE_DOCUMENTS = frozenset({"RUN", "COPY", "ADD"})


class Instruction(NamedTuple):
    """One instruction.

    Attributes
    ----------
    line
        Where it begins; the first line is 1.
    name
        In capitals: ``FROM``.
    arguments
        The rest of it, as one line.
    """

    line: int
    name: str
    arguments: str


def instructions(text: str) -> Iterator[Instruction]:
    """Read the instructions of a Dockerfile."""
    lines = enumerate(text.splitlines(), start=1)
    whole, first = "", 0
    for number, line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        first = first if whole else number
        whole += line.strip()
        if whole.endswith("\\"):
            whole = whole[:-1] + " "
            continue
        name, *rest = whole.split(maxsplit=1)
        instruction = Instruction(first, name.upper(), "".join(rest))
        yield instruction
        if instruction.name in _WITH_HERE_DOCUMENTS:
            for end in _HERE_DOCUMENT.findall(instruction.arguments):
                # What stands in it belongs to the command, whatever it looks like.
                next((n for n, inner in lines if inner.strip() == end), None)
        whole = ""
