import json

import pytest

from slipway.changes import AssemblyError, assembled_stacks


@pytest.mark.parametrize("manifest", [None, "{", "[]", "{}", '{"artifacts": {"A": {}}}'])
def test_a_folder_that_is_no_assembly_is_told_in_one_line(tmp_path, manifest):
    if manifest is not None:
        (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(AssemblyError, match=r"scripts/cdk synth writes one$") as told:
        assembled_stacks(tmp_path)
    assert str(told.value).startswith(f"{tmp_path} is not a cloud assembly")
    assert len(str(told.value).splitlines()) == 1


def test_stacks_are_found_in_nested_assemblies_too(tmp_path):
    def write(folder, **artifacts):
        folder.mkdir(exist_ok=True)
        (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
        (folder / "template.json").write_text('{"Resources": {}}')

    stack = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://111111111111/eu-west-1",
        "properties": {"templateFile": "template.json", "stackName": "shop-dev-network"},
    }
    nested = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "Dev"}}
    unnamed = {**stack, "properties": {"templateFile": "template.json"}}
    write(tmp_path, Dev=nested, Registry=unnamed)
    write(tmp_path / "Dev", DevNetwork=stack)
    found = assembled_stacks(tmp_path)
    assert [each.name for each in found] == ["shop-dev-network", "Registry"]
    assert found[0].place == "aws://111111111111/eu-west-1"


def test_what_is_uploaded_is_found_by_its_key(tmp_path):
    (tmp_path / "asset.1").mkdir()
    asset = {
        "source": {"path": "asset.1", "packaging": "zip"},
        "destinations": {"here": {"bucketName": "assets", "objectKey": "1.zip"}},
    }
    (tmp_path / "A.assets.json").write_text(json.dumps({"files": {"1": asset}}))
    (tmp_path / "A.template.json").write_text('{"Resources": {}}')
    artifact = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://111111111111/eu-west-1",
        "properties": {"templateFile": "A.template.json"},
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {"A": artifact}}))
    (stack,) = assembled_stacks(tmp_path)
    assert stack.asset("1.zip") == tmp_path / "asset.1"
    assert stack.asset("2.zip") is None
    (tmp_path / "asset.1").rmdir()
    assert stack.asset("1.zip") is None
