"""CodeBuild's API: who may start what, and what is answered about it."""

import json
from datetime import datetime

import pytest
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator


def test_several_sources_and_outputs(builder, builds):
    for name in ("second", "third"):
        builder.client("s3").put_object(
            Bucket=builder.bucket, Key=f"{name}.zip", Body=builds.zipped({"file": name})
        )
    place = {"type": "S3", "location": builder.bucket, "packaging": "ZIP"}
    builder.make(
        builds.spec(
            "cat $CODEBUILD_SRC_DIR_second/file $CODEBUILD_SRC_DIR_third/file >both",
            "echo main >main",
            artifacts={"files": ["main"], "secondary-artifacts": {"Both": {"files": ["both"]}}},
        ),
        secondarySources=[
            {
                "type": "S3",
                "location": f"{builder.bucket}/{name}.zip",
                "sourceIdentifier": name,
            }
            for name in ("second", "third")
        ],
        secondaryArtifacts=[{**place, "name": "both.zip", "artifactIdentifier": "Both"}],
    )
    assert builder.ended(builder.start())["buildStatus"] == "SUCCEEDED"
    assert builder.output().read("main") == b"main\n"
    assert builder.output("both.zip").read("both") == b"secondthird"


def test_a_build_that_was_overridden_leaves_the_project_alone(builder, builds):
    builder.make(builds.spec("echo of the project"), artifacts={"type": "NO_ARTIFACTS"})
    other = '{"version": "0.2", "phases": {"build": {"commands": ["echo of the request"]}}}'
    build = builder.ended(builder.start(buildspecOverride=other, timeoutInMinutesOverride=7))
    assert builder.printed(build) == ["of the request"]
    assert build["timeoutInMinutes"] == 7
    assert builder.printed(builder.ended(builder.start())) == ["of the project"]


def test_a_build_can_be_tried_again(builder):
    builder.put_source({"file": "first"})
    first = builder.run(
        "cat file",
        "echo $AGAIN",
        environmentVariablesOverride=[{"name": "AGAIN", "value": "and again"}],
    )
    again = builder.client("codebuild").retry_build(id=first["arn"])["build"]["id"]
    assert builder.printed(builder.ended(again)) == builder.printed(first)
    assert builder.printed(first)[-1].endswith("and again")
    listed = builder.client("codebuild").list_builds_for_project(projectName=builder.name)
    assert set(listed["ids"]) == {first["id"], again}


def test_projects_of_pipelines_are_started_by_pipelines_only(builder, builds):
    builder.make(
        builds.spec("echo never"),
        source={"type": "CODEPIPELINE", "buildspec": "buildspec.yml"},
        artifacts={"type": "CODEPIPELINE"},
    )
    with pytest.raises(ClientError, match="only CodePipeline can start it"):
        builder.start()


@pytest.mark.parametrize(
    ("project", "request_", "why"),
    [
        ({}, {"imageOverride": "other"}, "imageOverride is not carried out here"),
        ({"cache": {"type": "LOCAL"}}, {}, "cache.type LOCAL is not carried out here"),
        (
            {"artifacts": {"type": "S3", "location": "bucket", "packaging": "NONE"}},
            {},
            "another output than packaging ZIP, namespaceType NONE is not carried out here",
        ),
        (
            {"source": {"type": "GITHUB", "location": "https://github.com/a/b.git"}},
            {},
            "source.type GITHUB is not carried out here",
        ),
        (
            {},
            {
                "environmentVariablesOverride": [
                    {"name": "A", "value": "b", "type": "PARAMETER_STORE"}
                ]
            },
            "environment variable A: its type PARAMETER_STORE is not carried out here",
        ),
    ],
)
def test_what_is_not_carried_out_is_refused_at_the_start(builder, builds, project, request_, why):
    builder.make(builds.spec("true"), **project)
    with pytest.raises(ClientError, match=why) as refusal:
        builder.start(**request_)
    assert refusal.value.response["Error"]["Code"] == "InvalidInputException"


def test_each_account_has_builds_of_its_own(builder):
    build = builder.run("true")
    elsewhere = builder.aws.machine.client("codebuild", account="222222222222")
    assert elsewhere.batch_get_builds(ids=[build["id"]])["buildsNotFound"] == [build["id"]]
    for call in (elsewhere.stop_build, elsewhere.retry_build):
        with pytest.raises(elsewhere.exceptions.ResourceNotFoundException):
            call(id=build["id"])
    with pytest.raises(elsewhere.exceptions.ResourceNotFoundException):
        elsewhere.start_build(projectName=builder.name)


def test_a_project_keeps_what_its_template_says(deploy, local_aws):
    properties = {
        "Name": "whole",
        "ServiceRole": "arn:aws:iam::000000000000:role/whole",
        "EncryptionKey": "arn:aws:kms:us-east-1:000000000000:key/1",
        "Artifacts": {"Type": "CODEPIPELINE"},
        "Source": {"Type": "CODEPIPELINE", "BuildSpec": "buildspec.yml"},
        "Cache": {"Type": "NO_CACHE"},
        "Environment": {
            "Type": "LINUX_CONTAINER",
            "Image": "any",
            "ComputeType": "BUILD_GENERAL1_SMALL",
            "ImagePullCredentialsType": "CODEBUILD",
            "PrivilegedMode": True,
            "EnvironmentVariables": [{"Name": "A", "Type": "PLAINTEXT", "Value": "b"}],
        },
        "LogsConfig": {"CloudWatchLogs": {"GroupName": "/whole", "Status": "ENABLED"}},
        "TimeoutInMinutes": 45,
        "QueuedTimeoutInMinutes": 60,
    }

    def project():
        return local_aws.client("codebuild").batch_get_projects(names=["whole"])["projects"][0]

    stack = deploy({"P": {"Type": "AWS::CodeBuild::Project", "Properties": properties}})
    made = project()
    assert made["logsConfig"]["cloudWatchLogs"] == {"groupName": "/whole", "status": "ENABLED"}
    assert made["environment"]["privilegedMode"] is True
    assert made["environment"]["environmentVariables"] == [
        {"name": "A", "value": "b", "type": "PLAINTEXT"}
    ]
    assert made["encryptionKey"] == properties["EncryptionKey"]
    assert (made["timeoutInMinutes"], made["queuedTimeoutInMinutes"]) == (45, 60)
    assert made["cache"] == {"type": "NO_CACHE"}

    changed = {
        **properties,
        "EncryptionKey": "arn:aws:kms:us-east-1:000000000000:key/2",
        "LogsConfig": {"CloudWatchLogs": {"GroupName": "/other", "Status": "ENABLED"}},
    }
    del changed["QueuedTimeoutInMinutes"]
    stack.update({"P": {"Type": "AWS::CodeBuild::Project", "Properties": changed}})
    updated = project()
    assert updated["encryptionKey"] == changed["EncryptionKey"]
    assert updated["logsConfig"]["cloudWatchLogs"]["groupName"] == "/other"
    assert updated["queuedTimeoutInMinutes"] == 480


def test_builds_run_side_by_side(builder, builds, tmp_path):
    """Each waits for the other: one after the other they would never end."""
    builder.make(
        builds.spec(f"touch {tmp_path}/$ME; until test -e {tmp_path}/$OTHER; do sleep 0.05; done"),
        artifacts={"type": "NO_ARTIFACTS"},
    )
    ids = [
        builder.start(
            environmentVariablesOverride=[
                {"name": "ME", "value": me},
                {"name": "OTHER", "value": other},
            ]
        )
        for me, other in (("first", "second"), ("second", "first"))
    ]
    assert [builder.ended(each)["buildStatus"] for each in ids] == ["SUCCEEDED", "SUCCEEDED"]


def test_a_build_is_answered_as_the_api_says(builder):
    """Whatever boto3 doesn't know it drops in silence, so this reads what was sent."""
    build = builder.run("true")
    client = builder.client("codebuild")
    sent = []
    client.meta.events.register_last(
        "before-parse.codebuild.BatchGetBuilds",
        lambda response_dict, **_: sent.append(json.loads(response_dict["body"])),
    )
    client.batch_get_builds(ids=[build["id"]])
    shape = client.meta.service_model.shape_for("Build")
    [answered] = sent[-1]["builds"]
    assert not ParamValidator().validate(times_read(answered), shape).generate_report()


def times_read(build):
    """Say the times of a build as the validator wants them."""
    read = datetime.fromtimestamp
    return {
        **build,
        **{name: read(build[name]) for name in ("startTime", "endTime")},
        "phases": [
            {
                **phase,
                **{name: read(phase[name]) for name in ("startTime", "endTime") if name in phase},
            }
            for phase in build["phases"]
        ],
    }
