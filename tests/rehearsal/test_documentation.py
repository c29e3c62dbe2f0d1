"""The pages' commands do what they say, on a rehearsal that is kept as a person keeps it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from documentation import elsewhere
from documentation.blocks import blocks, pages, runs_here
from documentation.elsewhere import ELSEWHERE
from slipway.rehearsal.adaptation import allow_for_stalls
from slipway.rehearsal.workspace import Workspace
from waiting import PATIENCE_SECONDS, eventually

PROJECT = Path(__file__).resolve().parents[2]
# Of a rehearsal that comes up, and of a page that makes one.
LONG_SECONDS = 4 * PATIENCE_SECONDS
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
    # What is released here is to be stopped by what is wrong with it, and not by this machine.
    allow_for_stalls(Workspace(copy))
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

    def is_served():
        assert process.poll() is None, log.read_text()
        return "storefront: clients get version 1" in " ".join(log.read_text().split())

    try:
        eventually(is_served, log.read_text, LONG_SECONDS)
        yield process
    finally:
        process.terminate()
        code = process.wait(PATIENCE_SECONDS)
    assert code == 0, log.read_text()


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
            timeout=LONG_SECONDS,
        )
        assert ran.returncode == 0, f"{block.fence}\n{block.fence.text}\n{ran.stdout}"
