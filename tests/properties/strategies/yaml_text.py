"""YAML as people write it: in blocks or in one line, quoted or bare, keys in any order."""

import json
from typing import Any


class Quoted(str):
    """Text that is in quotes, whatever it says: without them, it is a number to some."""


def write_yaml(tree: dict[str, Any], *, flow: bool = False, backwards: bool = False) -> str:
    """Write a file.

    Parameters
    ----------
    flow
        Whether what is below the first level stands in braces and brackets, as in JSON.
    backwards
        Whether the keys are in the other order.
    """
    keys = reversed(tree) if backwards else iter(tree)
    lines = []
    for key in keys:
        value = tree[key]
        if flow or not value or not isinstance(value, (dict, list)):
            lines.append(f"{_scalar(key)}: {_flow(value)}\n")
        else:
            lines.append(f"{_scalar(key)}:\n{_block(value, 2, backwards)}")
    return "".join(lines)


def _block(value: dict[str, Any] | list[Any], indent: int, backwards: bool) -> str:
    space = " " * indent
    if isinstance(value, list):
        return "".join(f"{space}- {_flow(item)}\n" for item in value)
    lines = []
    for key in reversed(value) if backwards else value:
        inner = value[key]
        if inner and isinstance(inner, (dict, list)):
            lines.append(f"{space}{_scalar(key)}:\n{_block(inner, indent + 2, backwards)}")
        else:
            lines.append(f"{space}{_scalar(key)}: {_flow(inner)}\n")
    return "".join(lines)


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    # Bare where no reader of YAML could take it for anything else; JSON's quotes are YAML's.
    plain = text.replace("-", "a").replace("_", "a").replace("/", "a").replace(".", "a")
    if not isinstance(value, Quoted) and plain.isascii() and plain.isalnum() and text[0] != "-":
        return text
    return json.dumps(text, ensure_ascii=False)
