"""What a task is given, and what it decides itself."""

from __future__ import annotations

import ipaddress
import tempfile
from pathlib import Path

import pytest

from slipway.local_aws.addresses import AddressBlock
from slipway.local_aws.clock import Clock
from slipway.local_aws.machine import Machine
from slipway.local_aws.tasks.environment import container_environment
from slipway.local_aws.tasks.images import Image


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    addresses = AddressBlock(ipaddress.IPv4Network("127.10.0.0/16"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return Machine("http://127.0.0.1:1", tmp_path, Clock(1), addresses)


def environment(machine: Machine, **of_image: str) -> dict[str, str]:
    return container_environment(machine, Image(("serve",), of_image, Path("/")), {}, {}, {})


def test_a_task_trusts_what_the_machine_trusts(machine: Machine) -> None:
    given = environment(machine)
    assert given["SSL_CERT_FILE"] == given["REQUESTS_CA_BUNDLE"]
    assert "BEGIN CERTIFICATE" in Path(given["SSL_CERT_FILE"]).read_text()


def test_a_task_that_says_whom_it_trusts_is_left_alone(machine: Machine) -> None:
    assert environment(machine, SSL_CERT_FILE="/own.pem")["SSL_CERT_FILE"] == "/own.pem"


def test_a_task_s_own_python_path_comes_after_the_names(machine: Machine) -> None:
    own = environment(machine, PYTHONPATH="/own:/more")["PYTHONPATH"].split(":")
    assert own[1:] == ["/own", "/more"]
    assert (Path(own[0]) / "sitecustomize.py").is_file()
