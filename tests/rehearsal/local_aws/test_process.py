"""The process opens loopback ports only, and nothing of it stays when it ends."""

from __future__ import annotations

import contextlib
import http.client
import io
import os
import signal
import socket
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from waiting import FOR_EVER_SECONDS, PATIENCE_SECONDS, eventually


@pytest.fixture
def another(tmp_path: Path, start_local_aws: Callable[[Path], Any]) -> Iterator[Any]:
    started = start_local_aws(tmp_path)
    yield started
    started.process.kill()
    started.process.wait()
    started.machine.addresses.release()


def listening_addresses(process_id: int) -> list[str]:
    """Read the kernel's table: the addresses on which a process listens."""
    inodes = set()
    for descriptor in Path(f"/proc/{process_id}/fd").iterdir():
        try:
            target = str(descriptor.readlink())
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    addresses = []
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/{process_id}/net/{table}").read_text().splitlines()[1:]:
            columns = line.split()
            listens = columns[3] == "0A" or table.startswith("udp")
            if listens and columns[9] in inodes:
                packed = bytes.fromhex(columns[1].split(":")[0])
                addresses.append(socket.inet_ntoa(packed[::-1]) if len(packed) == 4 else "IPv6")
    return addresses


def children(process_id: int) -> set[int]:
    found = set()
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            if f"PPid:\t{process_id}\n" in status.read_text():
                found.add(int(status.parent.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def alive(process_id: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{process_id}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def refuses(endpoint: str) -> bool:
    address = urlsplit(endpoint)
    with socket.socket() as client:
        return client.connect_ex((address.hostname, address.port)) != 0


def start_a_sleeping_function(local_aws: Any, mark: Path) -> set[int]:
    """Have a Lambda function run, so that there is a child process to leave behind."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr(
            "index.py",
            "import pathlib, time\n"
            "def handler(event, context):\n"
            f"    pathlib.Path({str(mark)!r}).touch()\n"
            f"    time.sleep({FOR_EVER_SECONDS})\n",
        )
    functions = local_aws.client("lambda")
    functions.create_function(
        FunctionName="sleeper", Runtime="python3.13", Handler="index.handler",
        Timeout=FOR_EVER_SECONDS,
        Role="arn:aws:iam::000000000000:role/any", Code={"ZipFile": archive.getvalue()},
    )  # fmt: skip

    def invoke() -> None:
        with contextlib.suppress(Exception):  # the process ends under it
            functions.invoke(FunctionName="sleeper")

    threading.Thread(target=invoke, daemon=True).start()
    eventually(mark.exists, "the function's work")
    return children(local_aws.process.pid)


def test_it_listens_on_loopback_addresses_only(another: Any) -> None:
    elbv2 = another.client("elbv2")
    created = elbv2.create_load_balancer(Name="lb", Subnets=["subnet-00000001"])["LoadBalancers"][0]
    elbv2.create_listener(
        LoadBalancerArn=created["LoadBalancerArn"], Protocol="HTTP", Port=8080,
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}],
    )  # fmt: skip
    addresses = listening_addresses(another.process.pid)
    assert created["DNSName"] in addresses
    assert all(address.startswith("127.") for address in addresses)


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda process: process.stdin.close(), id="lifeline"),
        pytest.param(lambda process: process.send_signal(signal.SIGTERM), id="SIGTERM"),
        pytest.param(lambda process: process.send_signal(signal.SIGINT), id="SIGINT"),
        pytest.param(lambda process: process.kill(), id="SIGKILL"),
    ],
)
def test_nothing_stays_however_it_ends(
    another: Any, tmp_path: Path, end: Callable[[Any], None]
) -> None:
    started = start_a_sleeping_function(another, tmp_path / "works")
    assert started
    end(another.process)
    code = another.process.wait(PATIENCE_SECONDS)
    assert code in (0, -signal.SIGKILL)
    eventually(
        lambda: not any(alive(process_id) for process_id in started), "the end of the function"
    )
    assert refuses(another.endpoint)


def test_two_run_side_by_side(local_aws: Any, another: Any) -> None:
    assert local_aws.endpoint != another.endpoint
    assert local_aws.addresses != another.addresses


def test_the_persons_own_aws_configuration_stays_outside(
    tmp_path: Path, start_local_aws: Callable[[Path], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "does-not-exist")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://192.0.2.1")
    started = start_local_aws(tmp_path)
    account = started.client("sts").get_caller_identity()["Account"]
    started.process.stdin.close()
    assert account == "000000000000"
    assert started.process.wait(PATIENCE_SECONDS) == 0
    assert os.environ["AWS_PROFILE"] == "does-not-exist"
    started.machine.addresses.release()


def test_a_connection_that_its_client_closed_is_let_go(another: Any) -> None:
    address = urlsplit(another.endpoint)
    descriptors = Path(f"/proc/{another.process.pid}/fd")
    before = len(list(descriptors.iterdir()))
    for _ in range(50):
        client = http.client.HTTPConnection(address.netloc, timeout=PATIENCE_SECONDS)
        with contextlib.closing(client):
            client.request("GET", "/_ministack/health")
            assert client.getresponse().read()
    eventually(
        lambda: len(list(descriptors.iterdir())) <= before + 10,
        "the end of connections whose clients have gone",
    )
