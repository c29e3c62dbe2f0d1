"""How every rehearsal begins: an AWS on this machine, and all stacks of the environment on it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from slipway.rehearsal.environment import RehearsedEnvironment
from slipway.rehearsal.narration import Narration
from slipway.rehearsal.workspace import Workspace


def open_environment(
    project: Path,
    narration: Narration,
    stack: ExitStack,
    *,
    prepare: Callable[[Workspace], None] = lambda _: None,
) -> RehearsedEnvironment:
    """Bring the environment up, and tell each step.

    Parameters
    ----------
    project
        The checkout.
    stack
        What ends the environment when it is closed.
    prepare
        As `RehearsedEnvironment` takes it.

    Raises
    ------
    RehearsalError, SettingsError
        It can't be brought up.
    """
    tell, phase = narration.tell, narration.phase
    with phase("set-up"):
        tell("Building the services' images, starting an AWS here")
        environment = stack.enter_context(RehearsedEnvironment(project, tell=tell, prepare=prepare))
        built = environment.build()
    with phase("bootstrap"):
        tell("cdk bootstrap")
        environment.bootstrap()
    with phase("deploy"):
        tell("cdk synth, and cdk deploy of registry, network, cluster and services")
        environment.deploy_everything(built)
        tell(f"{len(environment.stack_names)} stacks are deployed")
    return environment
