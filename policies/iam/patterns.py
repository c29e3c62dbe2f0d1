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


def covers(pattern: str, other: str) -> bool:
    """Tell whether whatever `other` matches, `pattern` matches too.

    A ``*`` of `other` is a value like any other here, which no narrower pattern can match.
    """
    return matches(pattern, other)


def has_wildcard(value: str) -> bool:
    """Tell whether a value of a policy is a pattern."""
    return "*" in value or "?" in value


def regular(pattern: str) -> str:
    """Write a pattern as a regular expression."""
    return "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(regular(pattern), re.DOTALL)
