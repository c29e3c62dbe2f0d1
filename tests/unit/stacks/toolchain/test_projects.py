"""What the pipeline's CodeBuild projects run, on what, and for how long."""

import json
import re
from pathlib import Path

import pytest

from stacks.toolchain.projects import release_variable

ROOT = Path(__file__).resolve().parents[4]
PROJECTS = {
    "shop-pipeline-images-x86_64",
    "shop-pipeline-images-arm64",
    "shop-pipeline-tests",
    "shop-pipeline-synth",
    "shop-pipeline-releases",
    "shop-pipeline-update",
    "shop-pipeline-assets",
}


@pytest.fixture
def key(pipeline):
    (found,) = (k for k, each in pipeline.resources.items() if each["Type"] == "AWS::KMS::Key")
    return {"Fn::GetAtt": [found, "Arn"]}


def test_every_action_s_project_is_known(pipeline):
    assert set(pipeline.projects) == PROJECTS
    assert {each.project for each in pipeline.actions() if each.project} == PROJECTS


@pytest.mark.parametrize("name", sorted(PROJECTS))
def test_a_project_is_encrypted_limited_in_time_and_logged(pipeline, key, name):
    project = pipeline.projects[name]
    assert project["EncryptionKey"] == key
    assert 0 < project["TimeoutInMinutes"] <= 180
    logs = project["LogsConfig"]["CloudWatchLogs"]
    assert logs["Status"] == "ENABLED"
    log_group = pipeline.resources[logs["GroupName"]["Ref"]]["Properties"]
    assert log_group["LogGroupName"] == f"/aws/codebuild/{name}"
    assert log_group["KmsKeyId"] == key
    assert log_group["RetentionInDays"] == 365


@pytest.mark.parametrize("name", sorted(PROJECTS))
def test_only_who_builds_images_is_privileged(pipeline, name):
    privileged = pipeline.projects[name]["Environment"]["PrivilegedMode"]
    assert privileged == name.startswith("shop-pipeline-images-")


@pytest.mark.parametrize("name", sorted(PROJECTS))
def test_a_project_has_a_role_of_its_own_with_one_managed_policy(pipeline, name):
    role = pipeline.projects[name]["ServiceRole"]["Fn::GetAtt"][0]
    properties = pipeline.resources[role]["Properties"]
    assert properties["RoleName"] == name
    assert len(properties["ManagedPolicyArns"]) == 1
    assert "Policies" not in properties
    assert not [e for e in pipeline.resources.values() if e["Type"] == "AWS::IAM::Policy"]


def test_images_are_built_on_the_processor_that_they_are_for(pipeline):
    kinds = {
        name: pipeline.projects[f"shop-pipeline-images-{name}"]["Environment"]["Type"]
        for name in ("x86_64", "arm64")
    }
    assert kinds == {"x86_64": "LINUX_CONTAINER", "arm64": "ARM_CONTAINER"}


def test_the_gates_are_what_a_person_runs(pipeline):
    assert commands(pipeline, "tests")[-3:] == ["git init --quiet", "make check", "make test"]


def test_synthesis_looks_at_the_images_first(pipeline):
    assert commands(pipeline, "synth")[-3:] == [
        ".venv/bin/python -m pipeline images "
        '"$CODEBUILD_SRC_DIR_Images_x86_64_Output" "$CODEBUILD_SRC_DIR_Images_arm64_Output" '
        "--output build/images.json",
        ".venv/bin/python -m slipway lock --check",
        "scripts/cdk synth --quiet",
    ]


def test_a_step_finds_every_input_where_codebuild_puts_it(pipeline):
    for each in pipeline.actions():
        for name in re.findall(r"\$CODEBUILD_SRC_DIR_(\w+)", each.variables.get("STEP", "")):
            assert name in each.inputs[1:], each.name


def test_a_project_that_changes_before_the_pipeline_does_starts_it_again(pipeline):
    for each in pipeline.actions("Build"):
        assert re.fullmatch("[0-9a-f]{16}", each.variables["PROJECT_FINGERPRINT"])


def test_tools_are_pinned(pipeline, pipeline_assembly):
    wanted = json.loads((ROOT / "package.json").read_text())["devDependencies"]
    assert f"npm install -g aws-cdk@{wanted['aws-cdk']}" in commands(pipeline, "update")
    (file,) = Path(pipeline_assembly.directory).glob("buildspec-*.yaml")
    assert f"npm install -g cdk-assets@{wanted['cdk-assets']}" in file.read_text()


def test_a_service_s_variable_is_one_that_a_shell_takes():
    assert release_variable("order-history-2") == "RELEASE_ORDER_HISTORY_2"


def commands(pipeline, project):
    buildspec = json.loads(pipeline.projects[f"shop-pipeline-{project}"]["Source"]["BuildSpec"])
    return [line for phase in buildspec["phases"].values() for line in phase["commands"]]
