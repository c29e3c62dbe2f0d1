"""``slipway exec``: a session in a task of the rehearsal, with pipes and with a terminal."""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import textwrap

import pytest

from waiting import PATIENCE_SECONDS, eventually

INVENTORY = ("inventory", "--local")


@pytest.fixture
def in_pipes(slipway_environment):
    """Run the command line with something to read."""

    def run(*arguments, given=""):
        return subprocess.run(
            [sys.executable, "-m", "slipway", "exec", *INVENTORY, *arguments],
            input=given,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            **slipway_environment,
        )

    return run


def tasks(deployed):
    target, ecs = deployed.environment.target("inventory"), deployed.client("ecs")
    arns = ecs.list_tasks(cluster=target.cluster, serviceName="inventory")["taskArns"]
    return ecs.describe_tasks(cluster=target.cluster, tasks=arns)["tasks"]


def address(task):
    return task["containers"][0]["networkInterfaces"][0]["privateIpv4Address"]


def test_a_command_runs_in_a_live_task_with_its_environment(in_pipes, deployed):
    told = in_pipes("--", "env")
    assert told.returncode == 0, told.stderr
    variables = dict(line.split("=", 1) for line in told.stdout.splitlines() if "=" in line)
    assert variables["HOST"] in set(map(address, tasks(deployed)))
    assert "one of 2 that are live" in told.stderr


def test_a_task_is_chosen_by_the_beginning_of_its_id(in_pipes, deployed):
    for task in tasks(deployed):
        id_ = task["taskArn"].rsplit("/", 1)[-1]
        told = in_pipes("--task", id_[:10], "--", "sh", "-c", "echo $HOST")
        assert told.stdout == f"{address(task)}\n"


def test_exit_code_and_both_outputs_are_passed_on(in_pipes, deployed):
    told = in_pipes("--", "sh", "-c", "cat; echo wrong >&2; exit 7", given="right\n")
    assert (told.returncode, told.stdout) == (7, "right\n")
    assert told.stderr.endswith("wrong\n")


def test_a_reader_that_leaves_ends_the_command(slipway_environment, deployed):
    with subprocess.Popen(
        [*(sys.executable, "-m", "slipway", "exec", *INVENTORY, "--"), "yes"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **slipway_environment,
    ) as process:
        assert process.stdout.readline() == "y\n"
        process.stdout.close()
        said = process.stderr.read()
    assert process.wait(timeout=PATIENCE_SECONDS) == 128 + signal.SIGPIPE
    assert "Traceback" not in said


class Terminal:
    """A terminal with the command line in it."""

    def __init__(self, environment, *arguments):
        self.controller, terminal = pty.openpty()
        self.resize(30, 100)
        self.before = termios.tcgetattr(terminal)
        self.terminal = terminal
        self.process = subprocess.Popen(
            [sys.executable, "-m", "slipway", "exec", *arguments],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
            **environment,
        )
        self.shown = b""

    def resize(self, rows, columns):
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self.controller, termios.TIOCSWINSZ, size)

    def type(self, text):
        os.write(self.controller, text.encode())

    def until(self, words):
        while words.encode() not in self.shown:
            ready, _, _ = select.select([self.controller], [], [], PATIENCE_SECONDS)
            assert ready, self.shown
            self.shown += os.read(self.controller, 4096)
        self.shown = self.shown.partition(words.encode())[2]

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.controller)
        os.close(self.terminal)


@pytest.fixture
def terminal(slipway_environment, deployed):
    opened = Terminal(slipway_environment, *INVENTORY)
    yield opened
    opened.close()


def test_a_shell_in_a_terminal(terminal):
    terminal.type("stty size\n")
    terminal.until("30 100\r\n")
    # Ctrl-C ends what runs there, and neither the shell nor the session.
    terminal.type("echo be''gun; sleep 900\n")
    terminal.until("begun\r\n")
    terminal.type("\x03")
    terminal.resize(40, 120)
    os.kill(terminal.process.pid, signal.SIGWINCH)
    # A signal is no part of what is typed, and may arrive after it.
    terminal.type('until [ "$(stty size)" = "40 120" ]; do sleep 0.1; done; stty size\n')
    terminal.until("40 120\r\n")
    terminal.type("exit 5\n")
    assert terminal.process.wait(timeout=PATIENCE_SECONDS) == 5
    assert termios.tcgetattr(terminal.terminal) == terminal.before


def test_what_is_shown_is_kept(in_pipes, deployed):
    in_pipes("--", "echo", "for the auditor")
    logs = deployed.client("logs")
    group = deployed.names.log_group("exec")

    def kept():
        found = logs.filter_log_events(logGroupName=group, filterPattern='"for the auditor"')
        return [event["message"] for event in found["events"]]

    # It is written when the session is over.
    eventually(lambda: "for the auditor" in kept(), "what was shown")


def test_a_service_that_was_made_without_it_says_so(slipway, deployed):
    told = slipway("exec", "storefront", "--local", "--", "env")
    assert told.returncode == 1
    assert told.stderr.startswith("ECS Exec is off for storefront: that was decided when")
    assert len(told.stderr.splitlines()) == 1


def test_a_task_that_is_not_there_is_one_line_with_those_that_are(slipway, deployed):
    told = slipway("exec", *INVENTORY, "--task", "nothing")
    assert told.returncode == 3
    assert told.stderr.startswith("inventory has no task nothing; there are ")
    assert told.stderr.count("(live, RUNNING)") == len(tasks(deployed))


# What happens on AWS, with a stand-in for AWS's own program: what it is told is what is tested.
ON_AWS = textwrap.dedent(
    """
    from pathlib import Path
    from slipway.cli.exec import execute
    from slipway.rehearsal.kept import find
    from slipway.release import Target

    aws = find(Path.cwd()).connection.release_clients()
    target = Target.from_stack(aws.cloudformation, "shop-local-inventory")
    execute(aws, target, ["sh", "-c", "exit 1"], task=None, rehearsed=False)
    """
)


def test_on_aws_the_session_manager_plugin_takes_over(slipway_environment, deployed, tmp_path):
    plugin = tmp_path / "session-manager-plugin"
    plugin.write_text(
        f"#!{sys.executable}\nimport json, sys\nprint(json.dumps(sys.argv[1:]))\nsys.exit(4)\n"
    )
    plugin.chmod(0o755)
    environment = slipway_environment["env"]
    told = subprocess.run(
        [sys.executable, "-c", ON_AWS],
        cwd=slipway_environment["cwd"],
        env={**environment, "PATH": f"{tmp_path}:{environment['PATH']}", "AWS_PROFILE": ""},
        capture_output=True,
        text=True,
    )
    assert told.returncode == 4, told.stderr
    session, region, operation, profile, parameters, endpoint = json.loads(told.stdout)
    assert set(json.loads(session)) == {"sessionId", "streamUrl", "tokenValue"}
    assert (region, operation, profile) == ("us-east-1", "StartSession", "")
    assert endpoint == deployed.environment.cloud.endpoint
    (wanted,) = json.loads(parameters).values()
    prefix, task, runtime = wanted.split("_")
    assert prefix == f"ecs:{deployed.target.cluster}"
    runtimes = {
        each["taskArn"].rsplit("/", 1)[-1]: each["containers"][0]["runtimeId"]
        for each in tasks(deployed)
    }
    assert runtimes[task] == runtime
