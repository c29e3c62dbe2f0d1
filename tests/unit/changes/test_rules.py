"""What is known of the properties: complete, and of one mind with the CDK."""

import gzip
import json
from pathlib import Path

import pytest

from slipway.changes.rules import DOCUMENTED, meaning
from slipway.changes.values import Difference

ROOT = Path(__file__).resolve().parents[3]
DATABASE = ROOT / "node_modules" / "aws-cdk" / "db.json.gz"
RECORDED = sorted((ROOT / "tests" / "snapshots" / "recorded").glob("*.json"))

# AWS's page says "No interruption" by now; of a service of CodeDeploy's every change is refused.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-service.html
CDK_IS_OLDER = {("AWS::ECS::Service", "DeploymentController")}


def test_what_replaces_for_the_cdk_replaces_here():
    """The CDK's own table of properties, which `cdk diff` reads."""
    database = json.loads(gzip.decompress(DATABASE.read_bytes()))
    entities = database["schema"]["resource"]["entities"]
    known = {each["cloudFormationType"]: each for each in entities}
    resources = [
        resource
        for each in RECORDED
        for resource in json.loads(each.read_text())["Resources"].values()
    ]
    used = {(each["Type"], name) for each in resources for name in each.get("Properties", {})}
    replacing = {
        (type_, name)
        for type_, name in used
        if known.get(type_, {}).get("properties", {}).get(name, {}).get("causesReplacement")
        == "yes"
    }
    assert len(replacing) > 80
    gentle = {
        (type_, name)
        for type_, name in replacing
        if meaning({"Type": type_}, Difference((name,))).effect.value != "replace"
    }
    assert gentle == CDK_IS_OLDER


def test_what_pages_say_is_about_types_of_ours():
    types = {
        each["Type"]
        for file in RECORDED
        for each in json.loads(file.read_text())["Resources"].values()
    }
    for row in DOCUMENTED:
        assert row.type in types
        assert row.page.startswith("https://docs.aws.amazon.com/AWSCloudFormation/")


@pytest.mark.parametrize(
    ("type_", "property_", "effect"),
    [
        ("AWS::Synthetics::Canary", "Name", "replace"),
        ("AWS::Synthetics::Canary", "RuntimeVersion", "update"),
        ("AWS::AutoScaling::ScheduledAction", "AutoScalingGroupName", "replace"),
        ("AWS::AutoScaling::ScheduledAction", "Recurrence", "update"),
    ],
)
def test_what_only_some_settings_make_is_known(type_, property_, effect):
    """No environment of this project has a canary, or wakes instances that it keeps."""
    assert meaning({"Type": type_}, Difference((property_,))).effect.value == effect
