"""ExecuteCommand: a session is allowed; it begins when somebody comes for it."""

from __future__ import annotations

import shlex
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import ecs

from slipway.local_aws.ecs.errors import EcsError
from slipway.local_aws.ecs.requirements import require_cluster, require_known_members
from slipway.local_aws.ecs.sessions.gateway import Gateway
from slipway.local_aws.ecs.sessions.session import Session
from slipway.local_aws.ecs.sessions.transcript import Destination
from slipway.local_aws.json_api import Request, Response, answer, answering
from slipway.local_aws.machine import Machine
from slipway.local_aws.tasks import Task, runner


class ExecuteCommand:
    """The operation that opens sessions.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommand.html

    On AWS a session is a web socket of Systems Manager. Here its ``streamUrl`` is an address on
    this machine, where `slipway.channel` is spoken.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._gateway = Gateway()
        machine.on_shutdown(self._gateway.close)

    def take_over(self) -> None:
        """Answer instead of MiniStack, whose sessions lead nowhere."""
        ecs._ACTION_MAP["ExecuteCommand"] = answering(self.execute_command)

    def execute_command(self, request: Request) -> Response:
        """Allow a session, as far as AWS would."""
        require_known_members("ExecuteCommand", request)
        cluster = require_cluster(request)
        if not request["interactive"]:
            # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommand.html
            # says it must be true; the words are those of reports.
            raise _invalid("Interactive is the only mode supported currently.")
        task = self._find(request["task"], cluster)
        containers = {each["name"]: each for each in task.record["containers"]}
        name = request.get("container") or next(iter(containers))
        if len(containers) > 1 and not request.get("container"):
            raise _invalid("The task has several containers: a container must be specified.")
        if name not in containers:
            raise _invalid(f"The container {name} does not exist in the task.")
        container = containers[name]
        if not task.record["lastStatus"] == container["lastStatus"] == "RUNNING":
            # Undocumented for a task that doesn't run: our reading.
            raise EcsError(
                "TargetNotConnectedException",
                "The execute command failed because the task is not running.",
            )
        if not task.record["enableExecuteCommand"]:
            # The words of reports, such as https://github.com/aws/amazon-ecs-agent/issues/3166
            raise _invalid(
                "The execute command failed because execute command was not enabled when the task "
                "was run or the execute command agent isn't running. Wait and try again or run a "
                "new task with execute command enabled and try again."
            )
        session = Session(task, _words(request["command"]), self._destination(cluster, task, name))
        return answer(
            {
                "clusterArn": task.record["clusterArn"],
                "containerArn": container["containerArn"],
                "containerName": name,
                "interactive": True,
                "session": self._gateway.expect(session),
                "taskArn": task.arn,
            }
        )

    def _find(self, reference: str, cluster: str) -> Task:
        record = ecs._resolve_task(reference, cluster)
        task = runner(self._machine).find(record["taskArn"]) if record else None
        if task is None:
            raise _invalid("The referenced task was not found.")
        return task

    def _destination(self, cluster: str, task: Task, container: str) -> Destination | None:
        """Tell where the session is kept, as its cluster is set up.

        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommandConfiguration.html
        """
        configuration: dict[str, Any] = ecs._clusters[cluster].get("configuration") or {}
        settings = configuration.get("executeCommandConfiguration") or {}
        logging = settings.get("logging", "DEFAULT")
        if logging == "OVERRIDE":
            group = (settings.get("logConfiguration") or {}).get("cloudWatchLogGroupName")
        elif logging == "DEFAULT":
            group = task.log_group(container)
        else:
            group = None
        if not group:
            return None
        client = self._machine.client("logs", account=get_account_id(), region=get_region())
        return Destination(client, group)


def _words(command: str) -> list[str]:
    """Take a command apart as a shell does; it is started without one.

    That is how amazon-ssm-agent does it in a container (agent/session/shell/shell_unix.go).
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise _invalid(f"The command can't be read: {error}") from error
    if not words:
        raise _invalid("The command is empty.")
    return words


def _invalid(words: str) -> EcsError:
    return EcsError("InvalidParameterException", words)
