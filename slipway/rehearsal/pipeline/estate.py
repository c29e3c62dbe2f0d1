"""The accounts of an application: the tooling account, and each environment in its own."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Any

from slipway.rehearsal import http_client
from slipway.rehearsal.cdk import run_cdk
from slipway.rehearsal.cloud import LocalCloud
from slipway.rehearsal.command import run_command
from slipway.rehearsal.connection import Account, Connection
from slipway.rehearsal.errors import RehearsalError
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
        The folder with a log for each account: what was run in it.
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
        """Make every account ready for the pipeline, all at the same time.

        Raises
        ------
        RehearsalError
            A command failed; the message holds its last lines and names the log.
        """
        in_account: dict[str, list[str | None]] = {self.account().account: [None]}
        for environment in self.environments:
            in_account.setdefault(environment.account, []).append(environment.name)
        failed = threading.Event()
        with ThreadPoolExecutor(len(in_account)) as pool:
            accounts = [pool.submit(self._make_ready, each, failed) for each in in_account.values()]
            try:
                for account in accounts:
                    account.result()
            except BaseException:
                failed.set()
                raise

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
            log=self._log(environment),
            look=self.cloud.require_alive,
        )

    def slipway(
        self,
        *arguments: str,
        environment: str | None,
        look: Callable[[], None] = lambda: None,
    ) -> None:
        """Run a verb of the checkout's own command line, with credentials of one account.

        Parameters
        ----------
        arguments
            As on the command line.
        environment
            Whose account it is; None for the tooling account.
        look
            Called twice a second; what it raises ends the command.

        Raises
        ------
        RehearsalError
            The command failed; the message holds its last lines and names the log.
        """

        def look_round() -> None:
            self.cloud.require_alive()
            look()

        run_command(
            [self._python, "-m", "slipway", *arguments],
            name=f"slipway {arguments[0]}",
            title=f"slipway {' '.join(arguments)}",
            folder=self.checkout,
            environment=self._variables(environment),
            log=self._log(environment),
            look=look_round,
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

    def _make_ready(self, environments: Sequence[str | None], failed: threading.Event) -> None:
        """Bootstrap what is in one account, one after the other; None is the tooling account."""

        def look() -> None:
            if failed.is_set():
                raise RehearsalError("Another account could not be made ready")

        for environment in environments:
            self.slipway(
                "bootstrap",
                environment or "--tooling",
                "--yes",
                environment=environment,
                look=look,
            )

    @property
    def _python(self) -> Path:
        own = self.checkout / ".venv" / "bin" / "python"
        return own if own.exists() else Path(sys.executable)

    def _log(self, environment: str | None) -> Path:
        return self.logs / f"{environment or 'tooling'}.log"

    def _variables(self, environment: str | None) -> dict[str, str]:
        """Return what a command may know; it finds the checkout's code, whoever installed it."""
        sources = (self.checkout, self.checkout / "constructs")
        return self.cloud.variables_of(self.account(environment)) | {
            "PYTHONPATH": os.pathsep.join(map(str, sources)),
            # One command at a time writes templates to a folder.
            "CDK_OUTPUT": str(self.logs / f"{environment or 'tooling'}.cdk.out"),
        }
