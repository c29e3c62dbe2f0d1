"""Write docs/reference/service.md's tables of keys from the settings' own schemas."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from slipway.settings.schema import json_schemas

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "service.md"

_HEAD = "| key | type | default | |\n|---|---|---|---|\n"
_BLOCK = re.compile(r"(<!-- keys of (?P<file>\S+) -->\n).*?(<!-- end -->)", re.DOTALL)

Schema = dict[str, Any]


def main() -> int:
    """Write the tables."""
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


def with_tables(text: str) -> str:
    """Return a page with the table of each file between its two comments."""
    schemas = json_schemas()

    def block(match: re.Match[str]) -> str:
        schema = schemas[match["file"]]
        rows = (f"| {' | '.join(row)} |\n" for row in _rows(schema, schema["$defs"], ""))
        return f"{match[1]}\n{_HEAD}{''.join(rows)}\n{match[3]}"

    return _BLOCK.sub(block, text)


def _rows(schema: Schema, definitions: Schema, way: str) -> Iterator[tuple[str, str, str, str]]:
    required = schema.get("required", ())
    for key, described in schema.get("properties", {}).items():
        if not described:
            continue  # an override's key: its row is above
        value = _resolved(described, definitions)
        description = described.get("description") or value.get("description", "")
        below, step = _below(value, definitions)
        yield (
            f"`{way}{key}`",
            _type(value, definitions),
            "required" if key in required else _default(described),
            # A table's row is one line: the first paragraph. The AWS page is in the source.
            _cell(description.split("\n\n")[0].replace("\n", " ")),
        )
        yield from _rows(below, definitions, f"{way}{key}{step}.")


def _cell(text: str) -> str:
    """Write text so that neither a table nor HTML begins in it."""
    return text.replace("|", "\\|").replace("<", "&lt;")


def _resolved(schema: Schema, definitions: Schema) -> Schema:
    """Follow a reference, and leave out the null of what may be absent."""
    alternatives = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    if alternatives:
        schema = {**schema, **alternatives[0]}
    if "$ref" in schema:
        found: Schema = definitions[schema["$ref"].rsplit("/", 1)[-1]]
        return found
    return schema


def _below(schema: Schema, definitions: Schema) -> tuple[Schema, str]:
    """Return what holds the keys below a value, and how the way there is written."""
    step = ""
    while True:
        if schema.get("type") == "array":
            schema, step = _resolved(schema["items"], definitions), f"{step}[]"
        elif isinstance(schema.get("additionalProperties"), dict):
            schema = _resolved(schema["additionalProperties"], definitions)
            step = f"{step}.<name>"
        else:
            return schema, step


def _type(schema: Schema, definitions: Schema) -> str:
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    kind = schema.get("type")
    if kind == "array":
        return f"list of {_type(_resolved(schema['items'], definitions), definitions)}"
    if kind == "string" and "MiB" in schema.get("pattern", ""):
        return "size"
    if schema.get("format") == "date":
        return "date"
    if kind == "string":
        return "duration" if "pattern" in schema else "text"
    if kind == "boolean":
        return "`true`, `false`"
    if kind == "integer":
        bounds = schema.get("minimum"), schema.get("maximum")
        return f"number{_range(*bounds)}"
    each = schema.get("additionalProperties")
    return "mapping of text" if each and each.get("type") == "string" else "mapping"


def _range(least: int | None, most: int | None) -> str:
    if least is None:
        return ""
    return f", {least} to {most}" if most is not None else f", from {least}"


def _default(schema: Schema) -> str:
    default = schema.get("default")
    # The defaults of a mapping are those of its keys, in the rows below it.
    if default in (None, []) or isinstance(default, dict):
        return ""
    if isinstance(default, list):
        return f"`[{', '.join(map(str, default))}]`"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


if __name__ == "__main__":
    sys.exit(main())
