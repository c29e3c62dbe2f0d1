"""The logs as a program reads them: a JSON object a line."""

import json
import signal
import subprocess
import sys

from environment.answers import held

STOREFRONT = ("storefront", "--local")


def test_each_line_of_a_task_is_a_document(slipway, released):
    released.get("/version")
    told = slipway("logs", *STOREFRONT, "--since", "1h", "--json")
    assert told.returncode == 0, told.stderr
    found = [held(line, "logs") for line in told.stdout.splitlines()]
    assert [each["time"] for each in found] == sorted(each["time"] for each in found)
    assert {each["log_group"] for each in found} == {released.target.log_group}
    tasks = {each["taskArn"].rsplit("/", 1)[-1] for each in released.tasks()}
    assert tasks <= {each["task"] for each in found}
    for each in found:
        assert each["log_stream"].endswith(f"/{each['container']}/{each['task']}")
        assert each["container"] == released.target.container


def test_each_line_of_a_hook_is_a_document(slipway, released):
    told = slipway("logs", *STOREFRONT, "--hooks", "--json")
    assert told.returncode == 0, told.stderr
    found = [held(line, "logs") for line in told.stdout.splitlines()]
    assert {each["hook"] for each in found} <= set(released.target.hooks)
    passed = [json.loads(each["message"]) for each in found if "passed" in each["message"]]
    (deployment,) = {each["deployment_id"] for each in passed}
    assert told.stderr.startswith(f"Hooks of the deployment {deployment} of ")


def test_lines_that_are_followed_come_one_by_one_until_ctrl_c(slipway_environment, released):
    released.get("/version")
    with subprocess.Popen(
        [sys.executable, "-m", "slipway", "logs", *STOREFRONT, "--since=1h", "--follow", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **slipway_environment,
    ) as following:
        assert held(following.stdout.readline(), "logs")["message"]
        following.send_signal(signal.SIGINT)
        # Not communicate(), which knows nothing of what was read ahead.
        rest, told = following.stdout.read(), following.stderr.read()
    assert (following.returncode, told) == (0, "")
    for line in rest.splitlines():
        held(line, "logs")
