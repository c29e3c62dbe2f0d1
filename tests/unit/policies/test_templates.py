"""Copies in which nothing silences a checker."""

import json
from pathlib import Path

from policies.assembly import Assembly
from policies.templates import copy_templates, silenced


def test_a_copy_tells_checkers_to_leave_out_nothing(assembly: Assembly, tmp_path: Path) -> None:
    copies = copy_templates(assembly, tmp_path / "copies")
    ((file, stack),) = copies.stacks.items()
    assert file.parent == copies.folder == copies.wrong.parent
    text = file.read_text()
    assert "checkov" not in text
    assert "cfn-lint" not in text
    # And is what is deployed in all else.
    copied, content = json.loads(text), stack.content
    assert copied["Resources"]["LogsBucket1"]["Metadata"] == {
        "aws:cdk:path": "Dev/Network/Logs/Bucket/Resource"
    }
    assert copied["Resources"]["Queue"] == content["Resources"]["Queue"]
    assert copied["Outputs"] == content["Outputs"]


def test_what_a_template_leaves_out_is_known(assembly: Assembly) -> None:
    (stack,) = assembly.stacks
    assert set(silenced(stack)) == {
        ("Dev/Network", "W6001"),
        ("Dev/Network/Logs/Bucket/Resource", "CKV_AWS_18"),
    }
