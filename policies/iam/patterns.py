"""ARNs, and the patterns that policies match them with."""

import re
from functools import cache

GENERATED = "<generated>"
"""Stands in a name for what AWS makes up when it creates the resource."""


def matches(pattern: str, value: str) -> bool:
    """Tell whether a policy's pattern, with ``*`` and ``?``, covers a value.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """
    return _compiled(pattern).fullmatch(value) is not None


def has_wildcard(value: str) -> bool:
    """Tell whether a value of a policy is a pattern."""
    return "*" in value or "?" in value


def regular(pattern: str) -> str:
    """Write a pattern as a regular expression."""
    return "".join(
        {"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern
    )


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(regular(pattern), re.DOTALL)


@cache
def overlap(one: str, other: str) -> bool:
    """Tell whether two patterns have a value that both match."""
    # Which positions of `other` can be reached, one character of `one` after the other.
    reached = _beyond_stars({0}, other)
    for character in one:
        following = set()
        if character == "*":
            following = set(range(min(reached, default=len(other) + 1), len(other) + 1))
        else:
            for position in reached:
                if position < len(other):
                    there = other[position]
                    if there == "*":
                        following.add(position)
                    elif character in (there, "?") or there == "?":
                        following.add(position + 1)
        reached = _beyond_stars(following, other)
    return len(other) in reached


def _beyond_stars(positions: set[int], pattern: str) -> set[int]:
    """Add the positions behind each ``*``, which may stand for nothing."""
    found = set(positions)
    for position in positions:
        while position < len(pattern) and pattern[position] == "*":
            position += 1
            found.add(position)
    return found
