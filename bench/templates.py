"""How large templates are, beside what CloudFormation takes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
LIMITS: Mapping[str, int] = {
    "resources": 500,
    "bytes": 1_000_000,
    "outputs": 200,
    "parameters": 200,
    "mappings": 200,
}


def largest(assembly: Path) -> dict[str, dict[str, Any]]:
    """Find, for each limit, the template of a cloud assembly that comes nearest to it.

    Returns
    -------
    dict
        For each key of `LIMITS`: ``template``, ``size`` and ``share``, the share of the limit.
    """
    sizes = {
        str(file.relative_to(assembly)): sizes_of(file.read_bytes())
        for file in sorted(assembly.rglob("*.template.json"))
    }
    found = {}
    for kind, limit in LIMITS.items():
        name = max(sizes, key=lambda each: sizes[each][kind])
        size = sizes[name][kind]
        found[kind] = {"template": name, "size": size, "share": size / limit}
    return found


def sizes_of(template: bytes) -> dict[str, int]:
    """Return a template's size in each of the units of `LIMITS`."""
    content = json.loads(template)
    return {
        "bytes": len(template),
        **{kind: len(content.get(kind.title(), {})) for kind in LIMITS if kind != "bytes"},
    }
