"""What every report of wrong settings is: lines for people, that name a file and a line in it."""

import re
from collections.abc import Iterable

LONGEST = 700
"""Characters of the longest line: three dozen known keys, or nearly."""

# A file's name may have a colon.
_LINE = re.compile(r"[^\n]+?:[1-9][0-9]*: \S[^\n]*")
# Words of our tools, which mean nothing to whoever wrote the settings.
_FOREIGN = re.compile(
    r"Traceback|pydantic|[Vv]alidation error|<class|<slipway| object at 0x|Input should|codec can't"
    r"|\w+(Error|Exception)\b(?! detail)|Node\(|Bare\(|\bdict\b|\bNoneType\b|errno|/tmp/"
)


def fault_in(lines: Iterable[str]) -> str | None:
    """Say what is wrong with the lines that tell mistakes; None if nothing is."""
    lines = tuple(lines)
    if not lines:
        return "there is no line"
    if len(set(lines)) < len(lines):
        return "a line is there twice"
    for line in lines:
        if not _LINE.fullmatch(line):
            return f"names no file and line: {line[:300]!r}"
        if not line.isprintable():
            return f"has control characters: {line[:300]!r}"
        if len(line) > LONGEST:
            return f"is {len(line)} characters long: {line[:300]!r}"
        if _FOREIGN.search(line.partition(", not '")[0]):
            return f"has words of our tools: {line[:300]!r}"
    return None
