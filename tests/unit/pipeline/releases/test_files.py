"""What one step leaves for the next."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from pipeline.errors import PipelineError
from pipeline.releases.commit import commits, tagged, this_commit
from pipeline.releases.files import (
    Rendered,
    release_variable,
    shortened,
    write_variables,
)

TASKDEF = {"containerDefinitions": [{"name": "storefront", "image": "r@sha256:aa"}]}
APPSPEC = {
    "version": 0.0,
    "Resources": [{"TargetService": {"Properties": {"TaskDefinition": "<TASK_DEFINITION>"}}}],
    "Hooks": [{"BeforeInstall": "CodeDeployHook_storefront-dev-BeforeInstall"}],
}


def test_a_release_is_read_as_it_was_written(tmp_path: Path) -> None:
    rendered = Rendered(taskdef=TASKDEF, appspec=APPSPEC)
    rendered.write(tmp_path, "dev", "storefront")
    assert Rendered.read(tmp_path, "dev", "storefront") == rendered
    assert rendered.images == {"storefront": "r@sha256:aa"}


def test_the_appspec_is_yaml_with_the_placeholder_once(tmp_path: Path) -> None:
    Rendered(taskdef=TASKDEF, appspec=APPSPEC).write(tmp_path, "dev", "storefront")
    lines = (tmp_path / "dev" / "storefront" / "appspec.yaml").read_text().splitlines()
    assert lines[0] == "version: 0.0"
    assert [line.strip() for line in lines if "<TASK_DEFINITION>" in line] == [
        "TaskDefinition: <TASK_DEFINITION>"
    ]


@pytest.mark.parametrize(
    ("taskdef", "appspec"),
    [
        (None, "version: 0.0"),
        ("{", "version: 0.0"),
        ("[]", "version: 0.0"),
        ('{"containerDefinitions": []}', "version: 0.0"),
        ('{"containerDefinitions": [{"name": "storefront"}]}', "version: 0.0"),
        (json.dumps(TASKDEF), "- a: ["),
        (json.dumps(TASKDEF), "just text"),
    ],
)
def test_files_that_nobody_rendered_are_told_in_a_line(
    tmp_path: Path, taskdef: str | None, appspec: str
) -> None:
    folder = tmp_path / "dev" / "storefront"
    folder.mkdir(parents=True)
    if taskdef is not None:
        (folder / "taskdef.json").write_text(taskdef)
    (folder / "appspec.yaml").write_text(appspec)
    with pytest.raises(PipelineError, match="holds no rendered release") as told:
        Rendered.read(tmp_path, "dev", "storefront")
    assert len(str(told.value).splitlines()) == 1


def test_a_shell_takes_variables_as_they_are(tmp_path: Path) -> None:
    said = """it's "done": $(rm -rf /) `x` & more;
    a second line"""
    write_variables(tmp_path, {"RELEASE_CART_API": "true", "CHANGES_SUMMARY": said})
    script = '. "$0/variables"; printf "%s|%s" "$RELEASE_CART_API" "$CHANGES_SUMMARY"'
    shell = subprocess.run(["sh", "-c", script, tmp_path], capture_output=True, text=True)
    assert shell.stdout == f"true|{' '.join(said.split())}"


def test_each_service_has_a_variable_that_a_shell_can_name() -> None:
    assert release_variable("cart-api-2") == "RELEASE_CART_API_2"


def test_a_text_that_is_too_long_is_cut_at_a_word() -> None:
    assert shortened("one two three", 13) == "one two three"
    assert shortened("one two three", 12) == "one two …"


def test_a_revision_is_tagged_with_its_commit() -> None:
    commit = "0123456789abcdef"
    assert this_commit({"CODEBUILD_RESOLVED_SOURCE_VERSION": commit}) == commit
    assert this_commit({"CODEBUILD_RESOLVED_SOURCE_VERSION": "arn:aws:s3:::bucket/key"}) is None
    assert this_commit({}) is None
    once = tagged({"tags": [{"key": "owner", "value": "web"}]}, "fedcba98" * 2)
    assert tagged(once, commit)["tags"] == [
        {"key": "owner", "value": "web"},
        {"key": "slipway:commit", "value": commit},
    ]
    assert tagged(TASKDEF, None) == TASKDEF
    assert commits("fedcba98" * 2, commit) == "fedcba98..01234567"
    assert commits(None, commit) == commits(commit, commit) == commits(commit, None) == ""
