"""How builds end before their commands do, and that nothing of them is left."""

import json
import os
import signal
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from waiting import PATIENCE_SECONDS

# It shrugs SIGTERM off, and so does what it starts.
STUBBORN = "trap '' TERM; echo $$; sleep 600 & echo $!; while :; do sleep 1; done"


def processes(builds, builder, build_id):
    """Wait until a build has printed two process ids, and return them."""
    lines = builds.eventually(
        lambda: (found := printed(builder, build_id)) and len(found) == 2 and found,
        "the ids of the build's processes",
    )
    return [Path("/proc") / line for line in lines]


def printed(builder, build_id):
    try:
        return builder.printed(builder.build(build_id))
    except ClientError:
        return []  # the stream isn't there yet


def test_a_build_that_is_stopped_leaves_no_process(builder, builds):
    builder.make(
        {
            "version": "0.2",
            "phases": {
                "build": {"commands": [STUBBORN]},
                "post_build": {"commands": ["echo never"]},
            },
        }
    )
    build_id = builder.start()
    running = processes(builds, builder, build_id)
    assert all(process.exists() for process in running)
    stopped = builder.client("codebuild").stop_build(id=build_id)["build"]
    assert not any(process.exists() for process in running)
    assert stopped["buildStatus"] == "STOPPED"
    assert builds.phases(stopped)["BUILD"] == "STOPPED"
    assert "POST_BUILD" not in builds.phases(stopped)


def test_a_build_that_takes_too_long_is_ended(tmp_path, builds, start_local_aws):
    aws = start_local_aws(tmp_path, "--patience", "0.003")  # five minutes are 0.9 seconds
    try:
        builder = builds.make_builder(aws)
        builder.make(builds.spec("sleep 600"), timeoutInMinutes=5)
        build = builder.ended(builder.start())
    finally:
        aws.process.stdin.close()
        aws.process.wait(PATIENCE_SECONDS)
        aws.machine.addresses.release()
    assert build["buildStatus"] == "TIMED_OUT"
    assert builds.phases(build)["BUILD"] == "TIMED_OUT"


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGKILL])
def test_no_build_outlives_the_local_aws(tmp_path, builds, start_local_aws, signal_number):
    aws = start_local_aws(tmp_path)
    builder = builds.make_builder(aws)
    builder.make(builds.spec(STUBBORN))
    running = processes(builds, builder, builder.start())
    assert all(process.exists() for process in running)
    os.kill(aws.process.pid, signal_number)
    aws.process.wait(PATIENCE_SECONDS)
    aws.machine.addresses.release()
    builds.eventually(
        lambda: not any(process.exists() for process in running), "the end of its processes"
    )


def test_a_role_that_does_not_exist_is_refused_at_the_start(builder, builds):
    role = "arn:aws:iam::000000000000:role/nobody"
    builder.make(builds.spec("echo never"), serviceRole=role)
    with pytest.raises(ClientError, match=f"sts:AssumeRole on {role}: the role .* does not exist"):
        builder.start()


@pytest.mark.parametrize(
    ("changes", "condition"),
    [
        ({"Principal": {"Service": "ec2.amazonaws.com"}}, None),
        ({"Principal": {"AWS": "arn:aws:iam::000000000000:root"}}, None),
        ({}, {"StringEquals": {"aws:SourceAccount": "111111111111"}}),
        ({}, {"ArnLike": {"aws:SourceArn": "arn:aws:codebuild:*:*:project/another"}}),
        ({"Effect": "Deny"}, None),
    ],
)
def test_a_role_that_does_not_trust_codebuild_is_refused(builder, builds, changes, condition):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "codebuild.amazonaws.com"},
        "Action": "sts:AssumeRole",
        **changes,
        **({"Condition": condition} if condition else {}),
    }
    builder.client("iam").update_assume_role_policy(
        RoleName=builder.name, PolicyDocument=json.dumps({"Statement": [statement]})
    )
    builder.make(builds.spec("echo never"))
    with pytest.raises(ClientError, match=r"does not let codebuild\.amazonaws\.com assume it"):
        builder.start()


def test_a_log_group_that_is_not_there_fails_the_build(builder, builds):
    builder.client("logs").delete_log_group(logGroupName=f"/{builder.name}")
    build = builder.run("echo never")
    assert builds.phases(build)["PROVISIONING"] == "FAILED"
    assert f"/{builder.name}" in json.dumps(build["phases"], default=str)
