"""A Python process asks the hosted zones first, and nothing of it breaks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from slipway.local_aws.names.runtime.sitecustomize import addresses

RUNTIME = Path(__file__).parents[5] / "slipway" / "local_aws" / "names" / "runtime"
TABLE = {
    "zones": ["shop.internal"],
    "addresses": {"inventory.shop.internal": ["127.20.0.1", "127.20.0.2"]},
}


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("inventory.shop.internal", ["127.20.0.1", "127.20.0.2"]),
        ("Inventory.Shop.Internal.", ["127.20.0.1", "127.20.0.2"]),
        (b"inventory.shop.internal", ["127.20.0.1", "127.20.0.2"]),
        ("missing.shop.internal", []),
        ("shop.internal", []),
        ("workshop.internal", None),
        ("localhost", None),
        ("127.0.0.1", None),
        (None, None),
    ],
)
def test_only_names_of_a_hosted_zone_are_answered(host: object, found: list[str] | None) -> None:
    assert addresses(TABLE, host) == found


def run(folder: Path, code: str, table: str | None = None) -> str:
    names = folder / "names.json"
    if table is not None:
        names.write_text(table)
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": f"{RUNTIME}{os.pathsep}{folder}", "LOCAL_AWS_NAMES": str(names)},
        capture_output=True, text=True,
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


def test_every_way_to_ask_gives_the_same_addresses(tmp_path: Path) -> None:
    code = """
import asyncio, socket
name = "inventory.shop.internal"
found = {entry[4][0] for entry in socket.getaddrinfo(name, 80, type=socket.SOCK_STREAM)}
async def ask():
    return {entry[4][0] for entry in await asyncio.get_running_loop().getaddrinfo(name, 80)}
assert found == asyncio.run(ask()) == set(socket.gethostbyname_ex(name)[2])
print(sorted(found), socket.gethostbyname(name))
"""
    assert run(tmp_path, code, json.dumps(TABLE)) == "['127.20.0.1', '127.20.0.2'] 127.20.0.1\n"


def test_a_name_that_its_zone_lacks_does_not_exist_anywhere(tmp_path: Path) -> None:
    code = """
import socket
try:
    socket.create_connection(("missing.shop.internal", 80))
except socket.gaierror as error:
    print(error.errno == socket.EAI_NONAME)
"""
    assert run(tmp_path, code, json.dumps(TABLE)) == "True\n"


@pytest.mark.parametrize("table", [None, "", "{"])
def test_without_a_readable_table_the_real_resolver_answers(
    tmp_path: Path, table: str | None
) -> None:
    assert run(tmp_path, "import socket; print(socket.gethostbyname('127.0.0.1'))", table) == (
        "127.0.0.1\n"
    )


def test_a_sitecustomize_of_the_program_runs_too(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('mine', end=' '); OWN = 1")
    code = "import socket, sitecustomize; print(sitecustomize.OWN, socket.gethostbyname(NAME))"
    code = code.replace("NAME", "'inventory.shop.internal'")
    assert run(tmp_path, code, json.dumps(TABLE)) == "mine 1 127.20.0.1\n"
