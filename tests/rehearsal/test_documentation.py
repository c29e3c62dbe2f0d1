"""The pages' commands do what they say, on a rehearsal that is kept as a person keeps it."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from documentation import elsewhere
from documentation.blocks import blocks, pages, runs_here
from documentation.elsewhere import ELSEWHERE

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE = 180
PAGES = [page for page in pages() if page not in elsewhere.PAGES and runs_here(page, ELSEWHERE)]


@pytest.fixture(scope="session")
def checkout(tmp_path_factory):
    """A checkout of one's own, to work in; what takes long to install is shared."""
    copy = tmp_path_factory.mktemp("documentation") / "checkout"
    shared = ("build", "cdk.out", ".git", ".venv", "node_modules", "__pycache__", ".*_cache")
    shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns(*shared))
    for folder in (".venv", "node_modules"):
        (copy / folder).symlink_to(PROJECT / folder)
    environments = PROJECT / "build/rehearsal/environments"
    environments.mkdir(parents=True, exist_ok=True)
    (copy / "build/rehearsal").mkdir(parents=True)
    (copy / "build/rehearsal/environments").symlink_to(environments)
    someone = ("-c", "user.name=someone", "-c", "user.email=someone@example.com")
    for command in (
        ("init", "--quiet"),
        ("add", "."),
        (*someone, "commit", "--quiet", "-m", "All"),
    ):
        subprocess.run(["git", *command], cwd=copy, check=True)
    return copy


@pytest.fixture(scope="session")
def variables(checkout):
    """A person's, but for profiles and credentials: those must not matter."""
    theirs = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return theirs | {
        "PYTHONPATH": f"{checkout}:{checkout / 'constructs'}",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@pytest.fixture(scope="session")
def terminal(checkout, variables, tmp_path_factory):
    """The terminal in which somebody has said make rehearse-keep."""
    log = tmp_path_factory.mktemp("terminal") / "output.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "slipway", "rehearse", "--keep"],
            cwd=checkout,
            env=variables,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    deadline = time.monotonic() + PATIENCE
    while "storefront: clients get version 1" not in " ".join(log.read_text().split()):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
    yield process
    process.terminate()
    assert process.wait(60) == 0, log.read_text()


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_end_as_it_says(page, checkout, variables, terminal):
    for block in blocks(page):
        if block.needs_more:
            continue
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.script(ELSEWHERE)],
            cwd=checkout,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
        )
        assert ran.returncode == 0, f"{block.fence}\n{block.fence.text}\n{ran.stdout}"
