"""What `slipway diff` says of the deployed environment, as a person asks it."""

import json
import shutil

import pytest

from slipway.changes import assembled_stacks


@pytest.fixture
def assembly(deployed, tmp_path):
    """A copy of what was deployed, to change."""
    return shutil.copytree(deployed.environment.folders.run / "assembly", tmp_path / "assembly")


def change(assembly, stack, type_, **properties):
    """Change the first resource of a type in a stack's template."""
    (template,) = assembly.rglob(f"*{stack}*.template.json")
    found = json.loads(template.read_text())
    resource = next(each for each in found["Resources"].values() if each["Type"] == type_)
    resource["Properties"].update(properties)
    template.write_text(json.dumps(found))


def test_what_is_deployed_would_not_change(slipway, deployed):
    told = slipway("diff", "local", "--check")
    assert (told.returncode, told.stderr) == (0, "Synthesising local\n")
    stacks = {each.name for each in assembled_stacks(deployed.environment.folders.run / "assembly")}
    assert {f"{name}: no change" for name in stacks} <= set(told.stdout.splitlines())
    assert told.stdout.endswith("Nothing that is deployed would change.\n")


def test_each_change_is_told_with_what_becomes_of_the_resource(slipway, assembly):
    change(assembly, "Storefront", "AWS::ECS::TaskDefinition", Memory="4096")
    change(assembly, "Storefront", "AWS::Logs::LogGroup", RetentionInDays=1)
    change(assembly, "Network", "AWS::EC2::VPC", CidrBlock="10.99.0.0/16")
    told = slipway("diff", "local", "--assembly", str(assembly), "--json", "--check")
    assert (told.returncode, told.stderr) == (1, "")
    changes = {
        (stack["name"], each["type"]): each
        for stack in json.loads(told.stdout)["stacks"]
        for each in stack["changes"]
    }
    task_definition = changes["shop-local-storefront", "AWS::ECS::TaskDefinition"]
    assert (task_definition["effect"], task_definition["properties"]) == ("replace", ["Memory"])
    assert not task_definition["takes_away"]
    assert changes["shop-local-storefront", "AWS::Logs::LogGroup"]["effect"] == "update"
    vpc = changes["shop-local-network", "AWS::EC2::VPC"]
    assert (vpc["effect"], vpc["takes_away"]) == ("replace", True)
    assert vpc["path"].startswith("Local/Network/")
    assert changes["shop-local-network", "Output"]["effect"] == "refuse"
    assert not any(name == "shop-local-cluster" for name, _ in changes)


def test_an_assembly_of_something_else_is_one_line(slipway, assembly):
    for file in assembly.rglob("manifest.json"):
        file.write_text(file.read_text().replace('"shop-local-', '"other-local-'))
    told = slipway("diff", "local", "--assembly", str(assembly))
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr == f"{assembly} holds no stack of local: synthesise it again\n"
