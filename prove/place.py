"""Where the assumptions are tried: an account of AWS, or the AWS on this machine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol


class Build(Protocol):
    """Build the image of a service's folder and push it."""

    def __call__(
        self,
        folder: Path,
        *,
        repository: str,
        tag: str,
        architecture: str,
        look: Callable[[], None],
    ) -> str:
        """Return the image's digest in the registry: ``sha256:…``."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """All that differs between AWS and the AWS on this machine.

    Attributes
    ----------
    account, region
        Where it is.
    client
        Gives a boto3 client of a service, such as ``ecs``; any thread may ask.
    cdk_environment
        The environment variables of the CDK command line.
    build
        Builds and pushes images.
    interval
        The time between two looks at something that takes a while.
    lacks
        What is not there, and why: proofs that need it are not tried.
    """

    account: str
    region: str
    client: Callable[[str], Any]
    cdk_environment: Mapping[str, str]
    build: Build
    interval: timedelta = timedelta(seconds=5)
    lacks: Mapping[str, str] = field(default_factory=dict)


def share(make: Callable[[str], Any]) -> Callable[[str], Any]:
    """Give clients to all threads: one makes each of them, and then it is everybody's.

    https://boto3.amazonaws.com/v1/documentation/api/latest/guide/clients.html#multithreading-or-multiprocessing-with-clients

    Parameters
    ----------
    make
        Makes a client of a service; asked once for each.
    """
    made: dict[str, Any] = {}
    lock = threading.Lock()

    def client(service: str) -> Any:
        with lock:
            if service not in made:
                made[service] = make(service)
            return made[service]

    return client
