"""What a container's processes are started in."""

from __future__ import annotations

import dataclasses
import ipaddress
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from slipway.local_aws.addresses import AddressBlock
from slipway.local_aws.clock import Clock
from slipway.local_aws.machine import Machine
from slipway.local_aws.tasks import Launch
from slipway.local_aws.tasks.images import Image
from slipway.local_aws.tasks.surroundings import Surroundings, surroundings

DEFINITION = {
    "taskDefinitionArn": "arn:aws:ecs:eu-west-1:111111111111:task-definition/shop:1",
    "taskRoleArn": "arn:aws:iam::222222222222:role/shop",
    "containerDefinitions": [],
}


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    addresses = AddressBlock(ipaddress.IPv4Network("127.10.0.0/16"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return Machine("http://127.0.0.1:1", tmp_path, Clock(0.1), addresses)


def of(machine: Machine, **container: Any) -> Surroundings:
    launch = Launch(
        account="111111111111",
        region="eu-west-1",
        cluster="shop",
        task_definition={**DEFINITION, "containerDefinitions": [{"name": "web", **container}]},
        group="service:shop",
    )
    image = Image(("serve", "--all"), {"OF": "the image"}, machine.images)
    return surroundings(
        machine, launch, image, address="127.10.0.1", metadata_uri="http://there", on="FARGATE"
    )


def test_a_container_runs_its_image_s_command_unless_it_has_its_own(machine: Machine) -> None:
    assert of(machine).command == ("serve", "--all")
    assert of(machine, command=["migrate"]).command == ("migrate",)


@pytest.mark.parametrize(
    ("declared", "seconds"), [({}, 3), ({"stopTimeout": 90}, 9), ({"stopTimeout": 2}, 2)]
)
def test_its_stop_timeout_follows_the_clock_down_to_what_a_process_needs(
    machine: Machine, declared: dict[str, int], seconds: int
) -> None:
    assert of(machine, **declared).stop_timeout == timedelta(seconds=seconds)


def test_it_calls_aws_in_the_account_of_its_task_role(machine: Machine) -> None:
    environment = of(machine).environment
    assert environment["AWS_ACCESS_KEY_ID"] == "222222222222"
    assert environment["AWS_EXECUTION_ENV"] == "AWS_ECS_FARGATE"
    assert environment["OF"] == "the image"


def test_a_further_process_has_all_that_the_container_s_own_has(machine: Machine) -> None:
    around = dataclasses.replace(of(machine), directory=machine.images)
    says = "import os; print(os.getcwd(), os.environ['HOST'], os.environ['TERM'], end='')"
    with around.start(
        [sys.executable, "-S", "-c", says],
        grace=timedelta(seconds=1),
        variables={"TERM": "xterm"},
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        said = process.stdout.read().decode()
    assert said == f"{machine.images.resolve()} 127.10.0.1 xterm"
