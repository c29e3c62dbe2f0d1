"""An AWS on this machine, and the CDK command line pointed at it and at nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from slipway.rehearsal.cdk import run_cdk
from slipway.rehearsal.connection import SECRET_KEY, Account, Connection
from slipway.release import Aws


class Reach:
    """An AWS on this machine, whoever runs it.

    Parameters
    ----------
    account
        The account and region to talk to.
    directory
        Where logs and the CDK's own state go.
    project
        The checkout: its CDK command line is the one that is run.
    endpoint
        ``http://127.0.0.1:port``; empty until it is known.
    certificate_authority
        Whom to trust, in PEM; there once a load balancer has a listener with TLS.
    """

    def __init__(
        self,
        account: Account,
        directory: Path,
        *,
        project: Path,
        endpoint: str = "",
        certificate_authority: Path | None = None,
    ) -> None:
        self.account = account
        self.endpoint = endpoint
        self.certificate_authority = certificate_authority or Path()
        self._directory = directory
        self._project = project

    def require_alive(self) -> None:
        """Make sure that there is somebody to talk to; here nobody knows better than a call.

        Raises
        ------
        RehearsalError
            There is nobody.
        """

    @property
    def connection(self) -> Connection:
        """How to reach it."""
        return self.connection_to(self.account)

    def connection_to(self, account: Account) -> Connection:
        """Tell how to reach one of the accounts that it plays: whichever is named, it is there."""
        return Connection(self.endpoint, account)

    def client(self, service: str) -> Any:
        """Make a boto3 client of this AWS; no profile or file of the person reaches it."""
        return self.connection.client(service)

    def release_clients(self) -> Aws:
        """Make the clients that a release needs."""
        return self.connection.release_clients()

    def cdk(
        self,
        *arguments: str,
        folder: Path | None = None,
        progress: Callable[[timedelta], None] = lambda _: None,
        look: Callable[[], None] = lambda: None,
    ) -> None:
        """Run the CDK command line in the project, against this AWS only.

        Parameters
        ----------
        arguments
            As on the command line.
        folder
            Where to run it; by default in the checkout, whose ``cdk.json`` names the app.
        progress
            Called every few seconds with the time that the command has taken so far.
        look
            Called twice a second; what it raises ends the command.

        Raises
        ------
        RehearsalError
            The command failed; the message holds its last lines and names the log.
        """

        def look_round() -> None:
            self.require_alive()
            look()

        run_cdk(
            *arguments,
            project=self._project,
            folder=folder,
            environment=self.cdk_environment,
            log=self._directory / "cdk.log",
            progress=progress,
            look=look_round,
        )

    @property
    def cdk_environment(self) -> dict[str, str]:
        """What the CDK command line may know: this AWS, and nothing of the person's own."""
        return self.variables_of(self.account)

    def variables_of(self, account: Account) -> dict[str, str]:
        """Return what a command may know that acts in one account of this AWS.

        It is all that this process knows, but for the person's own AWS.
        """
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return {
            **kept,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": account.account,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": account.region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            # The command line remembers accounts by access key: never beside the person's own.
            "CDK_HOME": str(self._directory / "cdk-home"),
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            # The library's template validator runs in `make check`; here AWS itself is asked.
            "CDK_VALIDATION": "false",
        }
