"""The accounts of an application: the tooling account, and each environment in its own."""

from __future__ import annotations

import os
import sys
from itertools import chain
from pathlib import Path
from typing import Any

from slipway.rehearsal import http_client
from slipway.rehearsal.cdk import run_cdk
from slipway.rehearsal.cloud import LocalCloud
from slipway.rehearsal.command import run_command
from slipway.rehearsal.connection import Account, Connection
from slipway.release import Target
from slipway.settings import Environment, Settings, load


class Estate:
    """All accounts of an application on one local AWS, and a checkout that is deployed to them.

    A command acts in one account, with credentials of that account, as in real ones.

    Parameters
    ----------
    cloud
        The local AWS, which plays every account.
    checkout
        The whole project, with what is installed for it: ``.venv`` and ``node_modules``, or links
        to them. Its own commands are run.
    logs
        The folder that their output is added to.
    """

    def __init__(self, cloud: LocalCloud, checkout: Path, logs: Path) -> None:
        self.cloud = cloud
        self.checkout = checkout.resolve()
        self.logs = logs

    @property
    def settings(self) -> Settings:
        """What the checkout's settings say now."""
        return load(self.checkout)

    @property
    def environments(self) -> tuple[Environment, ...]:
        """The environments of the pipeline, in its order."""
        return tuple(chain.from_iterable(self.settings.waves))

    def account(self, environment: str | None = None) -> Account:
        """Return the account of an environment; of the registry and pipeline if none is named."""
        settings = self.settings
        place = settings.environment(environment) if environment else settings.application.tooling
        return Account(place.account, place.region)

    def connection(self, environment: str | None = None) -> Connection:
        """Tell how to reach an environment's account; the tooling account if none is named."""
        return self.cloud.connection_to(self.account(environment))

    def bootstrap(self) -> None:
        """Make every account ready for the pipeline, the tooling account first.

        Raises
        ------
        RehearsalError
            A command failed; the message holds its last lines and names the log.
        """
        self.slipway("bootstrap", "--tooling", "--yes", environment=None)
        for each in self.environments:
            self.slipway("bootstrap", each.name, "--yes", environment=each.name)

    def deploy_pipeline(self) -> None:
        """Deploy the registry and the pipeline, as somebody does once: its creation starts it.

        Raises
        ------
        RehearsalError
            The command failed; the message holds its last lines and names the log.
        """
        self.deploy("Toolchain", environment=None)

    def deploy(self, *stacks: str, environment: str | None) -> None:
        """Deploy stacks from the checkout, with credentials of one account.

        Parameters
        ----------
        stacks
            Ids and patterns, such as ``Toolchain`` and ``Staging/*``, and further options.
        environment
            Whose account it is; None for the tooling account.

        Raises
        ------
        RehearsalError
            The command failed; the message holds its last lines and names the log.
        """
        run_cdk(
            *("deploy", *stacks, "--require-approval", "never"),
            *("--progress", "events", "--concurrency", "2"),
            project=self.checkout,
            environment=self._variables(environment),
            log=self._log,
            look=self.cloud.require_alive,
        )

    def slipway(self, *arguments: str, environment: str | None) -> None:
        """Run a verb of the checkout's own command line, with credentials of one account.

        Raises
        ------
        RehearsalError
            The command failed; the message holds its last lines and names the log.
        """
        run_command(
            [self._python, "-m", "slipway", *arguments],
            name=f"slipway {arguments[0]}",
            title=f"slipway {' '.join(arguments)}",
            folder=self.checkout,
            environment=self._variables(environment),
            log=self._log,
            look=self.cloud.require_alive,
        )

    def target(self, environment: str, service: str) -> Target:
        """Read where a release of a service goes from the outputs of its stack."""
        name = self.settings.names(environment).stack(service)
        return Target.from_stack(self.connection(environment).client("cloudformation"), name)

    def ask(self, environment: str, service: str, path: str) -> dict[str, Any]:
        """Ask a service through its load balancer, over TLS where the environment has a domain.

        Returns
        -------
        dict
            Its answer, which is JSON.
        """
        settings = self.settings
        has_domain = settings.environment(environment).domain is not None
        return http_client.get(
            self.target(environment, service),
            path,
            host=settings.host(environment, service),
            certificate_authority=self.cloud.certificate_authority if has_domain else None,
        )

    def tasks(self, environment: str, service: str) -> list[dict[str, Any]]:
        """Return the tasks of a service, as ECS describes them."""
        target, ecs = self.target(environment, service), self.connection(environment).client("ecs")
        arns = ecs.list_tasks(cluster=target.cluster, serviceName=target.service)["taskArns"]
        if not arns:
            return []
        tasks: list[dict[str, Any]] = ecs.describe_tasks(cluster=target.cluster, tasks=arns)[
            "tasks"
        ]
        return tasks

    def running(self, environment: str, service: str) -> dict[str, Any]:
        """Return the task definition that clients get answers from: the primary task set's."""
        target, ecs = self.target(environment, service), self.connection(environment).client("ecs")
        described = ecs.describe_services(cluster=target.cluster, services=[target.service])
        (revision,) = (
            each["taskDefinition"]
            for each in described["services"][0]["taskSets"]
            if each["status"] == "PRIMARY"
        )
        definition: dict[str, Any] = ecs.describe_task_definition(taskDefinition=revision)[
            "taskDefinition"
        ]
        return definition

    def digest(self, environment: str, service: str) -> str:
        """Return the digest of the image that clients get answers from: ``sha256:<hex>``."""
        image: str = self.running(environment, service)["containerDefinitions"][0]["image"]
        return image.rpartition("@")[2]

    @property
    def _python(self) -> Path:
        own = self.checkout / ".venv" / "bin" / "python"
        return own if own.exists() else Path(sys.executable)

    @property
    def _log(self) -> Path:
        return self.logs / "deployments.log"

    def _variables(self, environment: str | None) -> dict[str, str]:
        """Return what a command may know; it finds the checkout's code, whoever installed it."""
        sources = (self.checkout, self.checkout / "constructs")
        return self.cloud.variables_of(self.account(environment)) | {
            "PYTHONPATH": os.pathsep.join(map(str, sources))
        }
