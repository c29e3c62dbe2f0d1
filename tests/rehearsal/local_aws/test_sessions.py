"""ExecuteCommand: a process in a running task, at the other end of a channel."""

import contextlib
import re
import signal
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from slipway.channel import ERROR, EXIT, INPUT, OPEN, OUTPUT, SIZE, Channel
from waiting import PATIENCE_SECONDS

NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]}}
ROLE = "arn:aws:iam::000000000000:role/any"
WINDOW = {"rows": 24, "columns": 80}


@pytest.fixture(scope="module")
def world(local_aws, tools):
    made = tools.make_world(local_aws, "sessions", controller="ECS")
    local_aws.client("logs").create_log_group(logGroupName="/sessions-of-exec")
    made.client("ecs").update_cluster(
        cluster="sessions",
        configuration={
            "executeCommandConfiguration": {
                "logging": "OVERRIDE",
                "logConfiguration": {"cloudWatchLogGroupName": "/sessions-of-exec"},
            }
        },
    )
    return made


@pytest.fixture(scope="module")
def ecs(world):
    return world.client("ecs")


@pytest.fixture(scope="module")
def start(ecs, world, tools):
    """Start a task, and wait until it runs."""
    web = {
        "name": "web",
        "image": world.image,
        "command": ["/bin/sleep", "3600"],
        "secrets": [{"name": "PASSWORD", "valueFrom": f"{world.secret}:password::"}],
    }

    def start(*, sessions=True, beside=()):
        definition = ecs.register_task_definition(
            family="sessions",
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            taskRoleArn=ROLE,
            executionRoleArn=ROLE,
            containerDefinitions=[web, *beside],
        )["taskDefinition"]["taskDefinitionArn"]
        (task,) = ecs.run_task(
            cluster="sessions",
            taskDefinition=definition,
            launchType="FARGATE",
            networkConfiguration=NETWORK,
            enableExecuteCommand=sessions,
        )["tasks"]

        def running():
            answer = ecs.describe_tasks(cluster="sessions", tasks=[task["taskArn"]])
            (described,) = answer["tasks"]
            return described if described["lastStatus"] == "RUNNING" else None

        return tools.eventually(running, "a running task")

    return start


@pytest.fixture(scope="module")
def task(start):
    return start()


class Client:
    """Whoever sits in front of a session."""

    def __init__(self, answer, terminal=None, token=None):
        session = answer["session"]
        address = urlsplit(session["streamUrl"])
        connection = socket.create_connection(
            (address.hostname, address.port), timeout=PATIENCE_SECONDS
        )
        self.channel = Channel(connection)
        self.said = {OUTPUT: b"", ERROR: b""}
        self.exit_code = None
        self.channel.send(
            OPEN,
            {
                "session": session["sessionId"],
                "token": token or session["tokenValue"],
                "terminal": terminal,
            },
        )

    def type(self, text):
        self.channel.send(INPUT, text.encode())

    def until(self, words):
        """Read until something is shown; forget what was before it."""
        while words not in self.output:
            assert self.read(), self.output
        self.said[OUTPUT] = self.said[OUTPUT].partition(words.encode())[2]

    def read(self):
        frame = self.channel.receive()
        if frame is None:
            return False
        if frame.kind == EXIT:
            self.exit_code = int(frame.content)
        else:
            self.said[frame.kind] += frame.content
        return True

    def to_the_end(self):
        while self.exit_code is None and self.read():
            pass
        self.channel.close()
        return self

    @property
    def output(self):
        return self.said[OUTPUT].decode()


@pytest.fixture
def open_session(ecs, task):
    def open_session(command, *, of=task, terminal=None):
        answer = ecs.execute_command(
            cluster="sessions", task=of["taskArn"], command=command, interactive=True
        )
        return Client(answer, terminal)

    return open_session


def test_a_command_has_what_the_task_has(open_session):
    client = open_session("/usr/bin/env").to_the_end()
    variables = dict(line.split("=", 1) for line in client.output.splitlines())
    assert variables["PASSWORD"] == "from the secret"  # pragma: allowlist secret: made up
    assert variables["FROM_IMAGE"] == "yes"
    assert variables["HOST"].startswith("127.")
    assert "TERM" not in variables
    assert client.exit_code == 0


def test_it_begins_in_the_directory_of_the_image(open_session, world):
    assert world.image.rpartition(":")[2] in open_session("pwd").to_the_end().output


@pytest.mark.parametrize(("command", "code"), [("sh -c 'exit 3'", 3), ("sh -c 'kill -9 $$'", 137)])
@pytest.mark.parametrize("terminal", [None, WINDOW])
def test_exit_code_is_the_command_s(open_session, command, code, terminal):
    assert open_session(command, terminal=terminal).to_the_end().exit_code == code


def test_a_command_that_is_not_there_is_told_as_by_a_shell(open_session):
    client = open_session("no-such-program").to_the_end()
    assert client.exit_code == 127
    assert b"no-such-program" in client.said[ERROR]


def test_pipes_keep_output_and_errors_apart(open_session):
    client = open_session("sh -c 'echo out; echo err >&2'").to_the_end()
    assert client.said == {OUTPUT: b"out\n", ERROR: b"err\n"}


def test_input_is_passed_on_to_its_end(open_session):
    client = open_session("cat")
    client.type("x" * 300_000)
    client.type("")
    assert client.to_the_end().output == "x" * 300_000


def test_a_terminal_is_one(open_session):
    client = open_session("sh", terminal={"rows": 40, "columns": 132})
    client.type("stty size; echo $TERM; tty\n")
    client.until("40 132\r\n")
    client.until("xterm-256color\r\n")
    client.until("/dev/pts/")
    client.channel.send(SIZE, {"rows": 50, "columns": 100})
    client.type("stty size\n")
    client.until("50 100\r\n")
    client.type("exit 4\n")
    assert client.to_the_end().exit_code == 4


def test_control_c_reaches_what_runs_in_the_terminal(open_session):
    client = open_session("sh -c 'echo begun; exec sleep 900'", terminal=WINDOW)
    client.until("begun")
    client.type("\x03")
    assert client.to_the_end().exit_code == 128 + signal.SIGINT


@pytest.mark.parametrize("terminal", [None, WINDOW])
def test_who_hangs_up_ends_the_command(open_session, tools, terminal):
    client = open_session("sh -c 'echo pid $$; exec sleep 900'", terminal=terminal)
    process = pid(client)
    client.channel.close()
    tools.eventually(lambda: not _runs(process), "the end of the command")


def test_session_ends_with_its_task_and_takes_along_what_it_began(ecs, start, open_session, tools):
    task = start()
    script = 'trap "" TERM; sleep 900 & echo pid $!; wait; wait'
    client = open_session(f"sh -c '{script}'", of=task)
    process = pid(client)
    ecs.stop_task(cluster="sessions", task=task["taskArn"])
    assert client.to_the_end().exit_code == 137
    tools.eventually(lambda: not _runs(process), "the end of what it started")


def test_what_is_shown_is_kept_in_the_log_group_of_the_cluster(open_session, world, tools):
    open_session("sh -c 'echo for the auditor'").to_the_end()
    logs = world.client("logs")

    def kept():
        events = logs.filter_log_events(logGroupName="/sessions-of-exec")["events"]
        return [event for event in events if event["message"] == "for the auditor"]

    (event,) = tools.eventually(kept, "the session's log")
    assert re.fullmatch("ecs-execute-command-[0-9a-f]{17}", event["logStreamName"])


def test_a_session_is_for_one_and_for_who_knows_its_token(ecs, task):
    answer = ecs.execute_command(
        cluster="sessions", task=task["taskArn"], command="echo hello", interactive=True
    )
    assert Client(answer, token="guessed").to_the_end().exit_code is None
    assert Client(answer).to_the_end().output == "hello\n"
    assert Client(answer).to_the_end().exit_code is None


def test_the_agent_is_described(ecs, task):
    (described,) = ecs.describe_tasks(cluster="sessions", tasks=[task["taskArn"]])["tasks"]
    (agent,) = described["containers"][0]["managedAgents"]
    assert (agent["name"], agent["lastStatus"]) == ("ExecuteCommandAgent", "RUNNING")
    assert agent["lastStartedAt"] == described["startedAt"]


@pytest.mark.parametrize(
    ("request_", "code", "words"),
    [
        ({"interactive": False}, "InvalidParameterException", "Interactive is the only mode"),
        ({"task": "0" * 32}, "InvalidParameterException", "The referenced task was not found"),
        ({"container": "other"}, "InvalidParameterException", "container other does not exist"),
        ({"command": "echo 'open"}, "InvalidParameterException", "can't be read"),
        ({"cluster": "nowhere"}, "ClusterNotFoundException", "Cluster not found"),
    ],
)
def test_what_can_not_be_is_refused(ecs, task, request_, code, words):
    wanted = {"cluster": "sessions", "task": task["taskArn"], "command": "true"}
    with pytest.raises(ClientError, match=words) as refused:
        ecs.execute_command(**{**wanted, "interactive": True, **request_})
    assert refused.value.response["Error"]["Code"] == code


def test_a_task_that_was_started_without_it_allows_no_session(ecs, start):
    closed = start(sessions=False)["taskArn"]
    with pytest.raises(ClientError, match="execute command was not enabled") as refused:
        ecs.execute_command(cluster="sessions", task=closed, command="sh", interactive=True)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterException"


def test_of_several_containers_one_has_to_be_named_that_runs(ecs, start):
    task = start(beside=[{"name": "collector", "image": "any", "essential": False}])["taskArn"]

    def refusal(**named):
        with pytest.raises(ClientError) as refused:
            ecs.execute_command(
                cluster="sessions", task=task, command="true", interactive=True, **named
            )
        return refused.value.response["Error"]

    assert "a container must be specified" in refusal()["Message"]
    # What a task can do without is not started on this machine.
    assert refusal(container="collector")["Code"] == "TargetNotConnectedException"
    answer = ecs.execute_command(
        cluster="sessions", task=task, command="true", interactive=True, container="web"
    )
    assert Client(answer).to_the_end().exit_code == 0


def test_a_stopped_task_allows_no_session(ecs, start, tools):
    stopped = start()["taskArn"]
    ecs.stop_task(cluster="sessions", task=stopped)
    with pytest.raises(ClientError) as refused:
        ecs.execute_command(cluster="sessions", task=stopped, command="sh", interactive=True)
    assert refused.value.response["Error"]["Code"] == "TargetNotConnectedException"


def pid(client):
    """The process id that a command tells."""
    client.until("pid ")
    while not re.match(r"\d+\r?\n", client.output):
        assert client.read()
    return int(client.output.split()[0])


def _runs(process):
    with contextlib.suppress(OSError):
        stat = Path(f"/proc/{process}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] != "Z"
    return False
