"""The patterns of branches, tags and paths.

https://docs.aws.amazon.com/codepipeline/latest/userguide/syntax-glob.html
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable


def matches(text: str, patterns: Iterable[str]) -> bool:
    """Tell whether a name or path matches one of these patterns.

    ``*`` is any characters but ``/``, ``**`` is any characters, ``?`` one but ``/``; ``[abc]`` and
    ``[!abc]`` are one of these, or none of these; ``{a,b}`` is either; a backslash takes the next
    character as it is.
    """
    return any(_expression(pattern).fullmatch(text) for pattern in patterns)


@functools.cache
def _expression(pattern: str) -> re.Pattern[str]:
    parts, at, depth = [], 0, 0
    while at < len(pattern):
        part, length = _part(pattern[at:], in_braces=depth > 0)
        depth += {"(?:": 1, ")": -1}.get(part, 0)
        parts.append(part)
        at += length
    try:
        return re.compile("".join(parts), re.DOTALL)
    except re.error:  # a brace or bracket that nothing closes is itself
        return re.compile(re.escape(pattern))


def _part(rest: str, *, in_braces: bool) -> tuple[str, int]:
    """Return the expression of what a pattern begins with, and the length of that."""
    if rest.startswith("**"):
        return ".*", 2
    if rest[0] == "\\" and len(rest) > 1:
        return re.escape(rest[1]), 2
    if rest[0] == "[" and (end := rest.find("]", 2)) > 0:
        inside = rest[1:end].replace("\\", "\\\\")
        return (f"[^/{inside[1:]}]" if inside[0] in "!^" else f"(?!/)[{inside}]"), end + 1
    if in_braces and rest[0] in ",}":
        return {",": "|", "}": ")"}[rest[0]], 1
    return {"*": "[^/]*", "?": "[^/]", "{": "(?:"}.get(rest[0], re.escape(rest[0])), 1
