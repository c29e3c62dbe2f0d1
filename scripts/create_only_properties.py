"""Write slipway/changes/create_only.json from the schemas of CloudFormation's registry.

cfn-lint brings them along. Of each type that a recorded template holds, it keeps the properties
that can't change while the resource lives, and those that make its name.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cfnlint.schema.manager import (  # type: ignore[import-untyped, unused-ignore]
    PROVIDER_SCHEMA_MANAGER,
)

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "slipway" / "changes" / "create_only.json"
RECORDED = ROOT / "tests" / "snapshots" / "recorded"

# Two hosted zones may have the same name.
_NOT_UNIQUE = {"AWS::Route53::HostedZone"}


def main() -> int:
    """Write the file."""
    FILE.write_text(written(types_of(map(Path.read_text, sorted(RECORDED.glob("*.json"))))))
    return 0


def types_of(templates: Iterable[str]) -> list[str]:
    """Name the types of AWS that templates hold."""
    return sorted(
        {
            resource["Type"]
            for template in templates
            for resource in json.loads(template)["Resources"].values()
            if resource["Type"].startswith("AWS::")
        }
    )


def written(types: Iterable[str]) -> str:
    """Return what the file holds for these types.

    See https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
    """
    rows = (f"  {json.dumps(type_)}: {json.dumps(_of(type_))}" for type_ in types)
    return "{\n" + ",\n".join(rows) + "\n}\n"


def _of(type_: str) -> dict[str, list[str]]:
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type_).schema
    found = {
        "replaces": _properties(schema, "createOnlyProperties"),
        "may_replace": _properties(schema, "conditionalCreateOnlyProperties"),
        "name": _name(type_, schema),
    }
    return {key: sorted(names) for key, names in found.items() if names}


def _name(type_: str, schema: dict[str, Any]) -> set[str]:
    """Return the properties that make a resource's name, of which AWS takes no second one."""
    identifier = _properties(schema, "primaryIdentifier")
    given = identifier - _properties(schema, "readOnlyProperties")
    if type_ in _NOT_UNIQUE:
        return set()
    for each in _properties(schema, "createOnlyProperties"):
        # The RoleName of a Role, the AlarmName of a CompositeAlarm, the Name of a Rule.
        if each.endswith("Name") and type_.endswith(each.removesuffix("Name")):
            return given | {each}
    return given if given == identifier else set()


def _properties(schema: dict[str, Any], key: str) -> set[str]:
    return {
        pointer.removeprefix("/properties/").replace("/", ".") for pointer in schema.get(key) or ()
    }


if __name__ == "__main__":
    sys.exit(main())
