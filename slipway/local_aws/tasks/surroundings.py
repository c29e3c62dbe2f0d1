"""What the processes of a task are started in: its image's folder, and all that ECS gives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from slipway.leash import Leashed
from slipway.local_aws.machine import Machine
from slipway.local_aws.tasks.environment import container_environment, given_variables
from slipway.local_aws.tasks.images import Image
from slipway.local_aws.tasks.record import Launch
from slipway.local_aws.tasks.secret_references import fetch_all

_DEFAULT_STOP_TIMEOUT = timedelta(seconds=30)
_LEAST_STOP_TIMEOUT = timedelta(seconds=2)


@dataclass(frozen=True)
class Surroundings:
    """Where a container's processes run, and what they know."""

    directory: Path
    environment: dict[str, str]
    command: tuple[str, ...]
    """The container's own."""
    stop_timeout: timedelta
    """What the container's own process is left between SIGTERM and SIGKILL, in real time."""

    def start(
        self,
        command: Sequence[str],
        *,
        grace: timedelta,
        variables: Mapping[str, str] | None = None,
        **streams: Any,
    ) -> Leashed:
        """Start a process; `streams` are as `Leashed` has them."""
        return Leashed(
            command,
            grace=grace,
            cwd=self.directory,
            env={**self.environment, **(variables or {})},
            **streams,
        )


def surroundings(
    machine: Machine, launch: Launch, image: Image, *, address: str, metadata_uri: str, on: str
) -> Surroundings:
    """Put together what the container of a task is started in, its secrets among it.

    Parameters
    ----------
    image
        The container's, pulled.
    address, metadata_uri
        Of the task.
    on
        The launch type that the task has in the end.

    Raises
    ------
    SecretUnavailableError
        One of its secrets can't be read.
    """
    container = launch.container
    definition = launch.task_definition
    execution_account = _account_of(definition.get("executionRoleArn")) or launch.account
    secret_values = fetch_all(
        container,
        region=launch.region,
        client=lambda service, region: machine.client(
            service, account=execution_account, region=region
        ),
    )
    given = given_variables(
        machine,
        address=address,
        metadata_uri=metadata_uri,
        launch_type=on,
        account=_account_of(definition.get("taskRoleArn")) or launch.account,
        region=launch.region,
    )
    return Surroundings(
        directory=image.working_directory,
        environment=container_environment(machine, image, container, secret_values, given),
        command=tuple(container.get("command") or image.command),
        stop_timeout=_stop_timeout(machine, container),
    )


def _stop_timeout(machine: Machine, container: dict[str, Any]) -> timedelta:
    seconds = container.get("stopTimeout")
    timeout = _DEFAULT_STOP_TIMEOUT if seconds is None else timedelta(seconds=int(seconds))
    return max(timedelta(seconds=machine.clock.wall(timeout)), _LEAST_STOP_TIMEOUT)


def _account_of(role_arn: str | None) -> str | None:
    return role_arn.split(":")[4] if role_arn else None
