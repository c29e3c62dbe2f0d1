"""A local AWS for the tests that need one: a process of its own, for the whole session."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from slipway.local_aws.addresses import AddressBlock
from slipway.local_aws.clock import Clock
from slipway.local_aws.machine import Machine

TIME_SCALE = 0.01


@dataclass(frozen=True)
class LocalAws:
    """The running process, and how to reach it."""

    endpoint: str
    addresses: str
    images: Path
    log: Path
    process: subprocess.Popen[str]
    machine: Machine

    def client(self, service: str) -> Any:
        return self.machine.client(service)


def start(folder: Path) -> LocalAws:
    """Start a process and wait for its ready line; closing its standard input ends it."""
    images, log = folder / "images", folder / "local-aws.log"
    images.mkdir()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "slipway.local_aws", "--images", str(images)),
            *("--time-scale", str(TIME_SCALE), "--log", str(log)),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    ready = process.stdout.readline()
    assert ready, f"the local AWS did not start: see {log}"
    said = json.loads(ready)
    machine = Machine(said["endpoint"], images, Clock(TIME_SCALE), AddressBlock.claim())
    return LocalAws(said["endpoint"], said["addresses"], images, log, process, machine)


def stop(local_aws: LocalAws) -> None:
    assert local_aws.process.stdin is not None
    local_aws.process.stdin.close()
    assert local_aws.process.wait(10) == 0
    local_aws.machine.addresses.release()


@pytest.fixture
def start_local_aws() -> Callable[[Path], LocalAws]:
    """Start another local AWS, which the test ends itself."""
    return start


@pytest.fixture(scope="session")
def local_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    started = start(tmp_path_factory.mktemp("local-aws"))
    yield started
    stop(started)
