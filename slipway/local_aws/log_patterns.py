"""Which log events a filter pattern means: of JSON, and of words.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import fnmatch
import json
import operator
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

Matcher = Callable[[str], bool]

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<open>\() | (?P<close>\)) | (?P<join>&&|\|\|) |
        (?P<selector>\$(?:\.[A-Za-z_]\w*)+) | (?P<compare>!=|<=|>=|=|<|>) |
        "(?P<quoted>[^"\\]*)" | (?P<number>-?\d+(?:\.\d+)?)(?![\w.])
    )\s*""",
    re.VERBOSE,
)
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class UnsupportedPatternError(ValueError):
    """The pattern uses something that this AWS doesn't know."""


@lru_cache(maxsize=256)
def matcher(pattern: str) -> Matcher:
    """Return what tells whether a pattern means a message.

    Known are the empty pattern, words that must all occur, and of JSON comparisons of fields with
    texts (``*`` stands for anything) and numbers, joined by ``&&``, ``||`` and parentheses.

    Raises
    ------
    UnsupportedPatternError
        It has something else.
    """
    text = pattern.strip()
    if text.startswith("{"):
        if not text.endswith("}"):
            raise UnsupportedPatternError(f"not understood: {pattern}")
        holds = _Parser(text[1:-1]).condition()
        return lambda message: _of_json(message, holds)
    words = text.split()
    if not all(re.fullmatch(r"\w+", word) for word in words):
        raise UnsupportedPatternError(f"not supported here: {pattern}")
    return lambda message: all(re.search(rf"\b{word}\b", message) for word in words)


def value_at(selector: str, fields: Any) -> Any:
    """Return what a selector such as ``$.level`` means in a JSON object; None for nothing."""
    for key in selector.split(".")[1:]:
        fields = fields.get(key) if isinstance(fields, dict) else None
    return fields


def _of_json(message: str, holds: Callable[[Any], bool]) -> bool:
    try:
        fields = json.loads(message)
    except ValueError:
        return False
    return isinstance(fields, dict) and holds(fields)


class _Parser:
    """Reads a condition; ``&&`` binds more tightly than ``||``."""

    def __init__(self, text: str) -> None:
        self._text, self._tokens, at = text, [], 0
        while at < len(text):
            found = _TOKEN.match(text, at)
            if not found:
                raise self._misread()
            self._tokens.append((str(found.lastgroup), str(found[str(found.lastgroup)])))
            at = found.end()

    def condition(self) -> Callable[[Any], bool]:
        holds = self._joined("||", lambda: self._joined("&&", self._one, all), any)
        if self._tokens:
            raise self._misread()
        return holds

    def _joined(
        self,
        by: str,
        read: Callable[[], Callable[[Any], bool]],
        combine: Callable[[list[bool]], bool],
    ) -> Callable[[Any], bool]:
        parts = [read()]
        while self._tokens[:1] == [("join", by)]:
            self._tokens.pop(0)
            parts.append(read())
        return lambda fields: combine([part(fields) for part in parts])

    def _one(self) -> Callable[[Any], bool]:
        if self._tokens[:1] == [("open", "(")]:
            self._tokens.pop(0)
            holds = self._joined("||", lambda: self._joined("&&", self._one, all), any)
            self._take("close")
            return holds
        selector, compare = self._take("selector"), _COMPARISONS[self._take("compare")]
        kind, wanted = self._tokens.pop(0) if self._tokens else ("", "")
        if kind == "number":
            return lambda fields: (
                _is_number(found := value_at(selector, fields)) and compare(found, float(wanted))
            )
        if kind != "quoted" or compare not in (operator.eq, operator.ne):
            raise self._misread()
        return lambda fields: (
            isinstance(found := value_at(selector, fields), str)
            and compare(
                fnmatch.fnmatchcase(found, wanted.replace("[", "[[]").replace("?", "[?]")), True
            )
        )

    def _take(self, kind: str) -> str:
        if not self._tokens or self._tokens[0][0] != kind:
            raise self._misread()
        return self._tokens.pop(0)[1]

    def _misread(self) -> UnsupportedPatternError:
        return UnsupportedPatternError(f"not supported here: {{{self._text}}}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
