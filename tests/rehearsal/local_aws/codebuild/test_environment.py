"""What a build's commands find around them."""

import json
import os
import sys
from pathlib import Path

import pytest

from waiting import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[4]
ASK = f"{sys.executable} -c 'import json, os; print(json.dumps(dict(os.environ)))'"


def asked(builder, build):
    return json.loads(builder.printed(build)[-1])


def test_nothing_of_the_local_aws_leaks_into_a_build(tmp_path, builds, start_local_aws):
    os.environ["OF_THE_LOCAL_AWS"] = os.environ["PIP_OF_THE_MACHINE"] = "here"
    try:
        aws = start_local_aws(tmp_path)
    finally:
        del os.environ["OF_THE_LOCAL_AWS"], os.environ["PIP_OF_THE_MACHINE"]
    try:
        builder = builds.make_builder(aws)
        found = asked(builder, builder.run(ASK))
    finally:
        aws.process.stdin.close()
        aws.process.wait(PATIENCE_SECONDS)
        aws.machine.addresses.release()
    assert "OF_THE_LOCAL_AWS" not in found
    assert found["PIP_OF_THE_MACHINE"] == "here"
    allowed = (
        *("AWS_", "CODEBUILD_", "PIP_", "UV_", "npm_config_", "NPM_CONFIG_", "SSL_CERT_"),
        *("REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "JSII_RUNTIME_PACKAGE_CACHE_ROOT"),
        # Its names are those of the local AWS's hosted zones.
        *("PYTHONPATH", "LOCAL_AWS_NAMES"),
        # It leads nowhere: the project isn't privileged.
        "DOCKER_HOST",
        *("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "PWD", "OLDPWD", "SHLVL", "_"),
    )
    assert not [
        name
        for name in found
        if not name.startswith(allowed) and not name.upper().endswith("_PROXY")
    ]


def test_a_build_has_directories_of_its_own_that_are_gone_afterwards(builder, builds):
    found = asked(builder, builder.run("touch ~/file $TMPDIR/file", ASK))
    places = {found[name] for name in ("HOME", "TMPDIR", "CODEBUILD_SRC_DIR")}
    assert len(places) == 3
    assert str(Path.home()) not in places
    builds.eventually(lambda: not any(Path(place).exists() for place in places), "a clean machine")


def test_a_build_acts_as_its_service_role(builder):
    call = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"
    build = builder.run(f'{sys.executable} -c "{call}"')
    role, session = builder.printed(build)[-1].split("/")[1:]
    assert role == builder.name
    assert session == f"AWSCodeBuild-{build['id'].partition(':')[2]}"


def test_what_starts_a_build_wins_over_the_project_and_the_project_over_the_buildspec(
    builder, builds
):
    variables = {"FIRST": "buildspec", "SECOND": "buildspec", "THIRD": "buildspec $FIRST"}
    said = builds.spec("echo $FIRST, $SECOND, $THIRD", env={"variables": variables})
    environment = {
        "type": "LINUX_CONTAINER",
        "image": "any",
        "computeType": "BUILD_GENERAL1_SMALL",
        "environmentVariables": [
            {"name": "FIRST", "value": "project"},
            {"name": "SECOND", "value": "project"},
        ],
    }
    builder.make(said, environment=environment, artifacts={"type": "NO_ARTIFACTS"})
    build = builder.ended(
        builder.start(environmentVariablesOverride=[{"name": "FIRST", "value": "request"}])
    )
    assert builder.printed(build) == ["request, project, buildspec $FIRST"]


def test_builds_of_a_project_are_numbered(builder):
    first = builder.run("echo $CODEBUILD_BUILD_NUMBER $CODEBUILD_BUILD_ID")
    second = builder.ended(builder.start())
    assert builder.printed(first) == [f"1 {first['id']}"]
    assert builder.printed(second) == [f"2 {second['id']}"]


@pytest.mark.parametrize("privileged", [True, False])
def test_only_privileged_builds_reach_a_container_engine(builder, builds, privileged):
    environment = {
        "type": "LINUX_CONTAINER",
        "image": "any",
        "computeType": "BUILD_GENERAL1_SMALL",
        "privilegedMode": privileged,
    }
    engine = f"{sys.executable} -m slipway.rehearsal.container_engine --images . --environments ."
    call = f"PYTHONPATH={ROOT} {engine} info"
    builder.make(builds.spec(call), environment=environment, artifacts={"type": "NO_ARTIFACTS"})
    build = builder.ended(builder.start())
    assert build["buildStatus"] == ("SUCCEEDED" if privileged else "FAILED")
    assert ("no engine answers" in " ".join(builder.printed(build))) is not privileged


def test_build_tools_are_found_first(tmp_path, builds, start_local_aws):
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "git").write_text("#!/bin/sh\necho a git of these tools\n")
    (tools / "git").chmod(0o755)
    aws = start_local_aws(tmp_path, "--build-tools", str(tools))
    try:
        builder = builds.make_builder(aws)
        assert builder.printed(builder.run("git", "make --version >make.txt")) == [
            "a git of these tools"
        ]
    finally:
        aws.process.stdin.close()
        aws.process.wait(PATIENCE_SECONDS)
        aws.machine.addresses.release()
