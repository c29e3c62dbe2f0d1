"""A local AWS for the tests that need one: a process of its own, for the whole session."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from slipway.local_aws.addresses import AddressBlock
from slipway.local_aws.clock import Clock
from slipway.local_aws.machine import Machine
from waiting import PATIENCE_SECONDS, WAITER

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
    certificate_authority: str

    def client(self, service: str) -> Any:
        return self.machine.client(service)


def start(folder: Path, *options: str) -> LocalAws:
    """Start a process and wait for its ready line; closing its standard input ends it."""
    images, log = folder / "images", folder / "local-aws.log"
    images.mkdir()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "slipway.local_aws", "--images", str(images)),
            *("--time-scale", str(TIME_SCALE), "--log", str(log)),
            *options,
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
    return LocalAws(
        said["endpoint"],
        said["addresses"],
        images,
        log,
        process,
        machine,
        said["certificate_authority"],
    )


def stop(local_aws: LocalAws) -> None:
    assert local_aws.process.stdin is not None
    local_aws.process.stdin.close()
    assert local_aws.process.wait(PATIENCE_SECONDS) == 0
    local_aws.machine.addresses.release()


CAPABILITIES = {"Capabilities": ["CAPABILITY_NAMED_IAM"]}


class Stack:
    """A stack of CloudFormation, created from resources as a mapping."""

    def __init__(self, client: Any, resources: dict[str, Any], **sections: Any) -> None:
        self.client = client
        self.name = f"stack-{uuid.uuid4().hex[:8]}"
        self._change(client.create_stack, "stack_create_complete", resources, sections)

    def update(self, resources: dict[str, Any], **sections: Any) -> None:
        self._change(self.client.update_stack, "stack_update_complete", resources, sections)

    def delete(self) -> None:
        self.client.delete_stack(StackName=self.name)
        self._wait("stack_delete_complete")

    @property
    def outputs(self) -> dict[str, str]:
        described = self.client.describe_stacks(StackName=self.name)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}

    def physical_id(self, logical_id: str) -> str:
        described = self.client.describe_stack_resource(
            StackName=self.name, LogicalResourceId=logical_id
        )
        return str(described["StackResourceDetail"]["PhysicalResourceId"])

    def _change(
        self, operation: Any, done: str, resources: dict[str, Any], sections: dict[str, Any]
    ) -> None:
        template = json.dumps({"Resources": resources, **sections})
        operation(StackName=self.name, TemplateBody=template, **CAPABILITIES)
        self._wait(done)

    def _wait(self, done: str) -> None:
        self.client.get_waiter(done).wait(StackName=self.name, WaiterConfig=WAITER)


@pytest.fixture
def deploy(local_aws: LocalAws) -> Iterator[Callable[..., Stack]]:
    """Deploy resources as a stack; what is left of it is deleted after the test."""
    with ExitStack() as stacks:

        def create(resources: dict[str, Any], **sections: Any) -> Stack:
            created = Stack(local_aws.client("cloudformation"), resources, **sections)
            stacks.callback(created.client.delete_stack, StackName=created.name)
            return created

        yield create


@pytest.fixture
def start_local_aws() -> Callable[..., LocalAws]:
    """Start another local AWS, which the test ends itself."""
    return start


@pytest.fixture(scope="session")
def local_aws_of(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., AbstractContextManager[LocalAws]]:
    """Run another local AWS, with options of its command line."""

    @contextmanager
    def run(*options: str) -> Iterator[LocalAws]:
        started = start(tmp_path_factory.mktemp("local-aws"), *options)
        yield started
        stop(started)

    return run


@pytest.fixture(scope="session")
def local_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    started = start(tmp_path_factory.mktemp("local-aws"))
    yield started
    stop(started)
