"""Releases that wait: for approval, for their turn, and for somebody who watches."""

import json
import os
import signal
import subprocess
import sys

import pytest

from waiting import PATIENCE_SECONDS, eventually

pytestmark = pytest.mark.long

FINAL = {"Succeeded", "Failed", "Stopped"}
ME = ("storefront", "-e", "local")
# On a busy machine tasks start slowly, and an alarm about that is not what is tested here.
RELEASE = ("release", *ME, "--ignore-alarms", "the machine may be busy")


@pytest.fixture(scope="module")
def approval(deployed):
    """The service with approval, as its settings ask for it, and without it afterwards."""
    file, without = "services/storefront/service.yaml", "  engine: codedeploy\n"
    with_approval = f"{without}  approval: {{before_traffic: true, timeout: 24h}}\n"
    deployed.environment.workspace.edit(file, without, with_approval)
    deployed.update()
    yield deployed
    deployed.environment.workspace.edit(file, with_approval, without)
    deployed.update()


@pytest.fixture
def next_version(approval):
    """A version that the stack wants released, and no deployment that runs, before or after."""
    settle(approval)
    approval.deploy_next_version()
    yield approval.target.revision.rsplit("/", 1)[-1]
    settle(approval)


@pytest.fixture
def begin(slipway_environment):
    """Start commands as a terminal does, and end those that are left over."""
    started = []

    def begin(*arguments):
        process = subprocess.Popen(
            [sys.executable, "-m", "slipway", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=1,
            **slipway_environment,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def until(process, text):
    """Read what a command tells until a line has the text; return all of it."""
    told = ""
    for line in process.stdout:
        told += line
        if text in line:
            return told
    raise AssertionError(f"{text!r} was never told, but:\n{told}")


def running(deployed):
    target, codedeploy = deployed.target, deployed.client("codedeploy")
    ids = codedeploy.list_deployments(
        applicationName=target.application,
        deploymentGroupName=target.deployment_group,
        includeOnlyStatuses=["Created", "Queued", "InProgress", "Ready"],
    )["deployments"]
    return ids[0] if ids else None


def settle(deployed):
    """Wait until no deployment runs; what waits for approval doesn't get it."""
    codedeploy = deployed.client("codedeploy")

    def is_settled():
        if not (id_ := running(deployed)):
            return True
        if codedeploy.get_deployment(deploymentId=id_)["deploymentInfo"]["status"] == "Ready":
            codedeploy.stop_deployment(deploymentId=id_, autoRollbackEnabled=True)
        return False

    eventually(is_settled, lambda: f"an end of {running(deployed)}")
    deployed.wait_for_the_end_of_releases()


def test_green_waits_for_approval_and_a_second_release_hears_of_the_first(
    approval, next_version, begin, slipway
):
    limits = approval.scalable_target()
    first = begin(*RELEASE, "--description", "by the test")
    told = until(first, "Green waits for approval")
    first_id = running(approval)
    assert f"{first_id} of storefront, {next_version}" in told.replace("Deployment ", "")

    # Scaling rests, its limits stay, and the release has begun with more tasks.
    resting = approval.scalable_target()
    assert all(resting["SuspendedState"].values())
    assert (resting["MinCapacity"], resting["MaxCapacity"]) == (
        limits["MinCapacity"],
        limits["MaxCapacity"],
    )
    assert approval.service()["desiredCount"] == 3  # two, and a quarter more

    second = slipway(*RELEASE)
    assert second.returncode == 1
    assert len(second.stderr.splitlines()) == 1
    assert f"the release {first_id} of {next_version}" in second.stderr
    assert (
        "by the test (alarms ignored: the machine may be busy)) waits for approval until"
        in second.stderr
    )

    shown = json.loads(slipway("status", *ME, "--json").stdout)
    assert shown["stage"].startswith("waits for approval until")
    assert set(shown["scaling_suspended"]) == {"scaling in", "scaling out", "scheduled scaling"}

    approved = slipway("approve", *ME)
    assert approved.returncode == 0, approved.stderr
    assert approved.stdout == f"{first_id}\n"
    assert "AllowTraffic" in approved.stderr
    rest, _ = first.communicate(timeout=PATIENCE_SECONDS)
    assert first.returncode == 0, rest
    assert approval.get("/version")["revision"] == next_version


def test_a_rejected_release_costs_nothing(approval, next_version, begin, slipway):
    before = approval.get("/version")
    first = begin(*RELEASE)
    until(first, "Green waits for approval")
    rejected = slipway("reject", *ME)
    assert rejected.returncode == 0, rejected.stderr
    assert rejected.stderr.splitlines()[-1].startswith(f"Live is {before['revision']}; traffic: ")
    assert approval.get("/version") == before
    first.communicate(timeout=PATIENCE_SECONDS)
    assert first.returncode == 1

    nothing = slipway("approve", *ME)
    assert nothing.returncode == 1
    assert nothing.stderr == (
        f"Nothing of {approval.target.service} waits for approval: no deployment runs, "
        "see slipway status storefront --local\n"
    )


def test_a_killed_command_leaves_the_release_to_who_watches(approval, next_version, begin, slipway):
    first = begin(*RELEASE)
    until(first, "Green waits for approval")
    id_ = running(approval)
    first.kill()
    first.wait(timeout=PATIENCE_SECONDS)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        watching = begin("watch", *ME)
        so_far = until(watching, "Green waits for approval")
        assert f"{id_} of storefront, {next_version}" in so_far
        for event in ("BeforeInstall", "Install", "AfterInstall", "AfterAllowTestTraffic"):
            assert f"{event} succeeded" in so_far
        watching.send_signal(number)
        told, _ = watching.communicate(timeout=PATIENCE_SECONDS)
        assert watching.returncode == 128 + number
        assert f"{id_} goes on without us: follow it with slipway watch" in told
        assert running(approval) == id_

    watching = begin("watch", *ME)
    until(watching, "Green waits for approval")
    assert slipway("reject", *ME).returncode == 0
    told, _ = watching.communicate(timeout=PATIENCE_SECONDS)
    assert watching.returncode == 1
    assert f"{id_}: Stopped" in told


def test_a_queued_release_gets_its_turn_and_takes_what_the_stack_says_by_then(
    approval, next_version, begin, slipway
):
    first = begin(*RELEASE)
    until(first, "Green waits for approval")
    first_id = running(approval)
    queued = begin(*RELEASE, "--wait")
    until(queued, f"Waiting for the release {first_id}")
    left = begin(*RELEASE, "--wait")
    until(left, f"Waiting for the release {first_id}")
    os.kill(left.pid, signal.SIGINT)
    left.communicate(timeout=PATIENCE_SECONDS)
    assert left.returncode == 130

    approval.deploy_next_version()
    latest = approval.target.revision.rsplit("/", 1)[-1]
    assert latest != next_version
    assert slipway("reject", *ME).returncode == 0
    told = until(queued, "Green waits for approval")
    assert f"of storefront, {latest}" in told
    assert running(approval) != first_id
    assert slipway("approve", *ME).returncode == 0
    queued.communicate(timeout=PATIENCE_SECONDS)
    assert queued.returncode == 0
    assert approval.get("/version")["revision"] == latest


def test_a_queue_ends_after_its_time(approval, next_version, begin, slipway):
    first = begin(*RELEASE)
    until(first, "Green waits for approval")
    told = slipway(*RELEASE, "--wait-for", "1s")
    assert told.returncode == 1
    assert "nothing was released" in told.stderr.splitlines()[-1]


def test_logs_show_the_tasks_of_both_sides_and_what_the_hooks_found(
    approval, next_version, begin, slipway, slipway_environment
):
    first = begin(*RELEASE)
    until(first, "Green waits for approval")
    approval.get("/version")
    target, ecs = approval.target, approval.client("ecs")
    arns = ecs.list_tasks(cluster=target.cluster, serviceName=target.service)["taskArns"]
    told = slipway("logs", *ME, "--since", "1h")
    assert told.returncode == 0, told.stderr
    lines = told.stdout.splitlines()
    assert lines == sorted(lines, key=lambda line: line[:19])
    assert {arn.rsplit("/", 1)[-1][:8] for arn in arns} <= {line.split()[2] for line in lines}
    some = slipway("logs", *ME, "--since", "1h", "--grep", "no such line")
    assert (some.returncode, some.stdout) == (0, "")
    assert "has logged nothing that matches since" in some.stderr

    def told_of_hooks():
        hooks = slipway("logs", *ME, "--hooks")
        assert hooks.returncode == 0, hooks.stderr
        assert running(approval) in hooks.stderr
        return hooks.stdout

    # A function's lines are in its log once it has ended, a moment after it has answered.
    eventually(
        lambda: "AfterAllowTestTraffic  http passed: " in told_of_hooks(), "what the hook found"
    )

    # Who reads no further ends it, quietly.
    reading = subprocess.Popen(
        [sys.executable, "-m", "slipway", "logs", *ME, "--since", "1h", "--follow"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **slipway_environment,
    )
    assert reading.stdout.readline()
    reading.stdout.close()

    def is_over():
        approval.get("/version")  # it hears of its reader only with the next line
        return reading.poll() is not None

    eventually(is_over, "the end of slipway logs")
    assert (reading.returncode, reading.stderr.read()) == (0, "")
