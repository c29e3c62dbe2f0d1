"""``slipway run``: a command beside the service, as a person types it."""

import signal
import subprocess
import sys

import pytest

from environment.answers import answer
from slipway.cli.run import Wishes, run
from slipway.operations.one_off import OneOffError, Size
from slipway.release.content import registration
from waiting import PATIENCE_SECONDS, eventually

STOREFRONT = ("storefront", "--local")
SHOW = (
    "import os, sys, storefront;"
    "print(storefront.__version__, bool(os.environ['SESSION_KEY']), flush=True);"
    "print('to standard error', file=sys.stderr); sys.exit(int(sys.argv[1]))"
)


def described(deployed, task):
    (found,) = deployed.client("ecs").describe_tasks(
        cluster=deployed.target.cluster, tasks=[task], include=["TAGS"]
    )["tasks"]
    return found


@pytest.mark.parametrize("code", [0, 3])
def test_output_and_exit_code_are_the_command_s(slipway, deployed, code):
    told = slipway("run", *STOREFRONT, "--", "python", "-c", SHOW, str(code))
    assert told.returncode == code
    version = deployed.get("/version")["version"]
    assert told.stdout.splitlines() == [f"{version} True", "to standard error"]
    assert f"python ended with exit code {code}" in told.stderr


def test_it_is_of_the_live_revision_and_takes_no_part_in_the_service(slipway, deployed):
    before = deployed.service()
    told = slipway("run", *STOREFRONT, "--json", "--", "python", "-c", "print('done')")
    ran = answer(told, "run")
    assert (ran["exit_code"], ran["stop_code"]) == (0, "EssentialContainerExited")
    assert ran["started"] <= ran["stopped"]
    assert "done" in told.stderr
    task = described(deployed, ran["task"])
    assert task["taskDefinitionArn"] == deployed.primary()["taskDefinition"]
    assert task["startedBy"].startswith("slipway/")
    assert task["group"] == f"family:{ran['revision'].partition(':')[0]}"
    tags = {tag["key"]: tag["value"] for tag in task["tags"]}
    assert tags["slipway:service"] == "storefront"
    assert tags["aws:ecs:clusterName"] == deployed.target.cluster
    after = deployed.service()
    assert [after[name] for name in ("desiredCount", "runningCount")] == [
        before[name] for name in ("desiredCount", "runningCount")
    ]


def test_a_killed_command_has_the_code_of_a_shell(slipway, deployed):
    told = slipway("run", *STOREFRONT, "--", "sh", "-c", "kill -9 $$")
    assert told.returncode == 128 + signal.SIGKILL


def test_what_never_began_is_one_line_with_its_reason(deployed):
    ecs, target = deployed.client("ecs"), deployed.target
    live = ecs.describe_task_definition(taskDefinition=target.revision)["taskDefinition"]
    broken = registration(ecs, live) | {"family": "broken"}
    (secret,) = broken["containerDefinitions"][0]["secrets"]
    secret["valueFrom"] = secret["valueFrom"].replace(":key:", ":nothing:")
    revision = ecs.register_task_definition(**broken)["taskDefinition"]["taskDefinitionArn"]
    wishes = Wishes(wanted=True, detach=False, timeout=None, size=Size(), as_json=False)
    aws = deployed.environment.cloud.release_clients()
    with pytest.raises(OneOffError, match=r"never ran true: .*did not contain json key") as told:
        run(aws, target.with_revision(revision), ["true"], wishes)
    assert "\n" not in str(told.value)


def test_detached_it_goes_on_by_itself(slipway, deployed):
    told = slipway("run", *STOREFRONT, "--detach", "--", "sleep", "1")
    assert told.returncode == 0
    task = told.stdout.strip()
    eventually(lambda: described(deployed, task)["lastStatus"] == "STOPPED", "the task's end")
    assert described(deployed, task)["containers"][0]["exitCode"] == 0


def test_what_takes_too_long_is_stopped(slipway, deployed):
    told = slipway("run", *STOREFRONT, "--timeout", "1s", "--", "sleep", "900")
    assert told.returncode == 1
    last = told.stderr.splitlines()[-1]
    assert "had not ended after 1s, and was stopped" in last
    assert described(deployed, last.split()[1])["stopCode"] == "UserInitiated"


def test_ctrl_c_stops_the_task_and_says_so(slipway_environment, deployed):
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "slipway", "run", *STOREFRONT, "--"),
            *("sh", "-c", "echo begun; exec sleep 900"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **slipway_environment,
    ) as process:
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 128 + signal.SIGINT
    assert "is being stopped: sh gets SIGTERM" in said
    task = described(deployed, said.split()[1])
    assert task["stopCode"] == "UserInitiated"
    assert task["stoppedReason"].endswith("has stopped slipway run (SIGINT)")


def test_a_reader_that_leaves_ends_it(slipway_environment, deployed):
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "slipway", "run", *STOREFRONT, "--"),
            *("sh", "-c", "while :; do echo more; sleep 0.2; done"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **slipway_environment,
    ) as process:
        assert process.stdout.readline() == "more\n"
        process.stdout.close()
        said = process.stderr.read()
    assert process.wait(timeout=PATIENCE_SECONDS) == 128 + signal.SIGPIPE
    assert "is being stopped" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--timeout", "soon", "--", "true"), "--timeout must be a duration"),
        (("--memory", "1GB", "--", "true"), "--memory must be a size"),
        (("--detach", "--timeout", "1m", "--", "true"), "--timeout is for who waits"),
    ],
)
def test_an_option_that_can_not_be_is_one_line(slipway, deployed, arguments, told):
    refused = slipway("run", *STOREFRONT, *arguments)
    assert refused.returncode == 2
    assert refused.stderr.startswith(told)
    assert len(refused.stderr.splitlines()) == 1


def test_where_approval_is_required_somebody_has_to_give_it(slipway, deployed):
    told = slipway("run", "storefront", "-e", "prod", "--", "true")
    assert told.returncode == 1
    assert told.stderr.startswith("Run true as a task of storefront in prod?")
    assert "add --yes" in told.stderr
