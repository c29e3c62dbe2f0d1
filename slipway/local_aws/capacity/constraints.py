"""Expressions of ECS's cluster query language, as far as they are common."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_EXPRESSION = re.compile(
    r"\s*(?:attribute:)?(?P<name>[\w.\-/]+)\s*(?P<operator>==|!=|=~|!~|not_in\b|!in\b|in\b)"
    r"\s*(?P<argument>.+?)\s*$"
)
_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "==": lambda value, argument: value == argument,
    "!=": lambda value, argument: value != argument,
    "=~": lambda value, pattern: re.search(pattern, value) is not None,
    "!~": lambda value, pattern: re.search(pattern, value) is None,
    "in": lambda value, listed: value in _items(listed),
    "!in": lambda value, listed: value not in _items(listed),
    "not_in": lambda value, listed: value not in _items(listed),
}


class ConstraintError(Exception):
    """A constraint or an expression that is wrong, or that this machine doesn't know."""


def matches(expression: str, attributes: Mapping[str, str]) -> bool:
    """Tell whether a container instance is meant by an expression.

    Examples
    --------
    >>> matches("attribute:ecs.instance-type =~ m6i.*", {"ecs.instance-type": "m6i.large"})
    True

    Raises
    ------
    ConstraintError
        It is no comparison of one attribute with ``==``, ``!=``, ``=~``, ``!~``, ``in`` or
        ``!in``: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-query-language.html
    """
    match = _EXPRESSION.match(expression)
    if match is None or re.search(r"\s(and|or|&&|\|\|)\s", match["argument"]):
        raise ConstraintError(
            f"Invalid expression: {expression}: this machine knows one comparison of an attribute "
            "with ==, !=, =~, !~, in [..] or !in [..]"
        )
    value = attributes.get(match["name"])
    return value is not None and _OPERATORS[match["operator"]](value, match["argument"])


def check(constraints: Sequence[Mapping[str, Any]]) -> None:
    """Refuse constraints that can't be applied before anything is created.

    Raises
    ------
    ConstraintError
        One of them is.
    """
    for constraint in constraints:
        if constraint.get("type") not in ("memberOf", "distinctInstance"):
            raise ConstraintError(f"Invalid placement constraint type: {constraint.get('type')}")
        if constraint["type"] == "memberOf":
            matches(constraint.get("expression", ""), {})


def _items(listed: str) -> list[str]:
    return [item.strip() for item in listed.strip("[]() ").split(",")]
