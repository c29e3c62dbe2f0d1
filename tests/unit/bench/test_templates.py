import json
from pathlib import Path

import pytest

from bench.templates import LIMITS, largest, sizes_of


def test_sizes_are_in_the_units_of_cloudformation_s_limits() -> None:
    template = json.dumps(
        {"Resources": {"A": {}, "B": {}}, "Outputs": {"C": {}}, "Description": "ü"}
    ).encode()
    assert sizes_of(template) == {
        "resources": 2,
        "outputs": 1,
        "parameters": 0,
        "mappings": 0,
        "bytes": len(template),
    }
    assert sizes_of(template).keys() == LIMITS.keys()


def test_the_largest_template_is_found_in_stages_too(tmp_path: Path) -> None:
    (tmp_path / "assembly-Dev").mkdir()
    (tmp_path / "Registry.template.json").write_text(
        json.dumps({"Resources": {"A": {}}, "Outputs": {key: {} for key in "ABCDEFGH"}})
    )
    (tmp_path / "assembly-Dev/Network.template.json").write_text(
        json.dumps({"Resources": {"A": {}, "B": {}}})
    )
    (tmp_path / "manifest.json").write_text(json.dumps({"Resources": dict.fromkeys("ABC")}))
    found = largest(tmp_path)
    assert found["resources"]["template"] == "assembly-Dev/Network.template.json"
    assert found["resources"]["size"] == 2
    assert found["resources"]["share"] == pytest.approx(2 / 500)
    assert found["outputs"]["template"] == "Registry.template.json"
