"""slipway/changes/create_only.json: which properties replace, as CloudFormation's registry says.

cfn-lint brings the schemas of the registry along. Of each type that a template holds, and of each
that one may come to hold by somebody's settings, the file has the properties that can't change
while the resource lives, and those that make its name. See
https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

import json
from pathlib import Path

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from slipway.cost.registry import FREE, PRICED

FILE = Path(__file__).resolve().parents[2] / "slipway" / "changes" / "create_only.json"

# Two hosted zones may have the same name.
NOT_UNIQUE = {"AWS::Route53::HostedZone"}


def test_the_registry_s_word_on_every_type_is_known(templates, pipeline_templates, request):
    held = {
        resource["Type"]
        for template in (*templates.values(), *pipeline_templates.values())
        for resource in template["Resources"].values()
    }
    # A canary, say, is in no environment of ours; its price is known all the same.
    current = written({each for each in held | {*PRICED, *FREE} if each.startswith("AWS::")})
    if request.config.getoption("--record"):
        FILE.write_text(current, encoding="utf-8")
    assert FILE.read_text(encoding="utf-8") == current, (
        f"slipway/changes/{FILE.name} is stale: run `make snapshots`."
    )


def written(types):
    rows = (f"  {json.dumps(type_)}: {json.dumps(create_only(type_))}" for type_ in sorted(types))
    return "{\n" + ",\n".join(rows) + "\n}\n"


def create_only(type_):
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type_).schema
    found = {
        "replaces": properties(schema, "createOnlyProperties"),
        "may_replace": properties(schema, "conditionalCreateOnlyProperties"),
        "name": name(type_, schema),
    }
    return {key: sorted(names) for key, names in found.items() if names}


def name(type_, schema):
    """The properties that make a resource's name, with which AWS takes no second one."""
    identifier = properties(schema, "primaryIdentifier")
    given = identifier - properties(schema, "readOnlyProperties")
    if type_ in NOT_UNIQUE:
        return set()
    for each in sorted(properties(schema, "createOnlyProperties")):
        # The RoleName of a Role, the AlarmName of a CompositeAlarm, the Name of a Rule.
        if each.endswith("Name") and type_.endswith(each.removesuffix("Name")):
            return given | {each}
    return given if given == identifier else set()


def properties(schema, key):
    return {
        pointer.removeprefix("/properties/").replace("/", ".") for pointer in schema.get(key) or ()
    }
