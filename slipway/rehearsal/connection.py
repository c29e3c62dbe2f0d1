"""How to reach an AWS on this machine, and no other."""

from __future__ import annotations

import functools
import ipaddress
import os
import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session

from slipway.rehearsal.errors import RehearsalError
from slipway.release import Aws

# botocore's own switches: no profile, no configuration of the person who runs this.
_NO_CONFIGURATION = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}

_making_clients = threading.Lock()

SECRET_KEY = "local"  # noqa: S105 - nothing is protected by it


@dataclass(frozen=True)
class Account:
    """The account and region that the local AWS plays."""

    account: str
    region: str


@dataclass(frozen=True)
class Connection:
    """An endpoint on this machine, and the account that is played there.

    Raises
    ------
    RehearsalError
        The endpoint is on another machine: a rehearsal never touches a real account.
    """

    endpoint: str
    account: Account

    def __post_init__(self) -> None:
        refuse_anything_but_loopback(self.endpoint)

    def client(self, service: str) -> Any:
        """Make a boto3 client of this AWS; no profile or file of the person reaches it."""
        # Several threads may not make clients of one session at the same time.
        with _making_clients:
            return _session().client(
                service,
                endpoint_url=self.endpoint,
                region_name=self.account.region,
                aws_access_key_id=self.account.account,
                aws_secret_access_key=SECRET_KEY,
            )

    def release_clients(self) -> Aws:
        """Make the clients that a release needs."""
        return Aws.from_clients(self.client)


@functools.cache
def _session() -> boto3.Session:
    """Return the one session of this process: it reads the model of each service once."""
    return boto3.Session(botocore_session=botocore.session.Session(session_vars=_NO_CONFIGURATION))


def refuse_anything_but_loopback(endpoint: str) -> None:
    """Make sure that an endpoint is on this machine: a rehearsal never touches a real account.

    Raises
    ------
    RehearsalError
        It is not.
    """
    host = urlsplit(endpoint).hostname or ""
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    if not local:
        raise RehearsalError(
            f"{endpoint} is not on this machine: a rehearsal talks to 127.0.0.0/8 only"
        )
