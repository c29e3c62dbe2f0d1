"""The machine that the local AWS runs on: what every extension of MiniStack is given."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

from slipway.local_aws.addresses import AddressBlock
from slipway.local_aws.clock import Clock

DEFAULT_ACCOUNT = "000000000000"
DEFAULT_REGION = "us-east-1"

# The person's own AWS configuration must not reach in: no profile, no configuration files.
_OWN_CONFIGURATION_ONLY = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


@dataclass(frozen=True)
class Machine:
    """Where the local AWS answers, where its images are, its time and its addresses."""

    endpoint: str
    images: Path
    clock: Clock
    addresses: AddressBlock
    build_tools: Path | None = None
    """A folder of programs that builds find first."""
    repositories: Mapping[str, Path] = field(default_factory=dict, compare=False)
    """The git directories that connections lead to, by ``OWNER/NAME``."""
    _clients: dict[tuple[str, str, str], Any] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _clients_lock: threading.RLock = field(
        default_factory=threading.RLock, init=False, repr=False, compare=False
    )
    _shutdown_hooks: list[Callable[[], None]] = field(
        default_factory=list, init=False, repr=False, compare=False
    )

    def client(
        self, service: str, *, account: str = DEFAULT_ACCOUNT, region: str = DEFAULT_REGION
    ) -> Any:
        """Return the boto3 client of a service of this AWS, made once for each account and region.

        Call it from threads of your own only: on MiniStack's event loop a call to itself would
        wait for itself.
        """
        key = (service, account, region)
        with self._clients_lock:
            if key not in self._clients:
                # MiniStack tells accounts apart by the access key; nothing is protected by it.
                root = {"aws_access_key_id": account, "aws_secret_access_key": "local"}
                self._clients[key] = self.client_as(service, root, region=region)
            return self._clients[key]

    def client_as(
        self, service: str, credentials: Mapping[str, str], *, region: str = DEFAULT_REGION
    ) -> Any:
        """Make a boto3 client of a service that calls with somebody's credentials.

        Parameters
        ----------
        credentials
            The keyword arguments of a boto3 client that say who calls, such as
            `slipway.local_aws.roles.assume_service_role` returns.
        """
        with self._clients_lock:
            return self._session.client(
                service,
                endpoint_url=self.endpoint,
                region_name=region,
                config=Config(
                    retries={"total_max_attempts": 1},
                    max_pool_connections=50,
                    proxies={},
                    connect_timeout=5,
                ),
                **credentials,
            )

    def on_shutdown(self, hook: Callable[[], None]) -> None:
        """Have something stopped when this AWS stops; hooks share two seconds."""
        self._shutdown_hooks.append(hook)

    @functools.cached_property
    def _session(self) -> boto3.Session:
        """One for all clients: it reads the service models once. It makes one client at a time."""
        return boto3.Session(
            botocore_session=botocore.session.Session(session_vars=_OWN_CONFIGURATION_ONLY)
        )

    @property
    def shutdown_hooks(self) -> tuple[Callable[[], None], ...]:
        """What must be called when this AWS stops."""
        return tuple(self._shutdown_hooks)
