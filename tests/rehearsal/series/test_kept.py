"""A rehearsal that is kept, as a person uses it: two terminals, an editor, Ctrl-C."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from slipway.rehearsal.kept import find

PROJECT = Path(__file__).resolve().parents[3]
SETTINGS = "services/storefront/service.yaml"
VERSION = "services/storefront/storefront/__init__.py"
PATIENCE = 180


class Terminal:
    """The terminal that keeps it."""

    def __init__(self, checkout, log):
        self.log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "slipway", "rehearse", "--keep"],
                cwd=checkout,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def press_enter(self):
        os.write(self.process.stdin.fileno(), b"\n")

    def wait_for(self, words):
        deadline = time.monotonic() + PATIENCE
        while words not in " ".join(self.log.read_text().split()):
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)


@pytest.fixture
def checkout(tmp_path):
    """A checkout of one's own, to work in; what takes long to install is shared."""
    copy = tmp_path / "checkout"
    shared = ("build", "cdk.out", ".git", ".venv", "node_modules", "__pycache__", ".*_cache")
    shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns(*shared))
    for folder in (".venv", "node_modules"):
        (copy / folder).symlink_to(PROJECT / folder)
    environments = PROJECT / "build/rehearsal/environments"
    environments.mkdir(parents=True, exist_ok=True)
    (copy / "build/rehearsal").mkdir(parents=True)
    (copy / "build/rehearsal/environments").symlink_to(environments)
    return copy


@pytest.fixture
def terminal(checkout, tmp_path):
    terminal = Terminal(checkout, tmp_path / "output.log")
    yield terminal
    terminal.process.stdin.close()
    terminal.process.kill()
    terminal.process.wait()


@pytest.fixture
def slipway(checkout):
    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "slipway", *arguments],
            cwd=checkout,
            capture_output=True,
            text=True,
            # A profile of the person's that must not matter.
            env={**os.environ, "AWS_PROFILE": "nobody"},
        )

    return run


def test_a_change_is_released_to_what_is_kept_and_ctrl_c_ends_it(checkout, terminal, slipway):
    terminal.wait_for("storefront: clients get version 1")
    status = json.loads(slipway("status", "storefront", "-e", "local", "--json").stdout)
    assert status["live"]["running"] == 2
    kept = find(checkout)
    assert kept.pid == terminal.process.pid

    settings, version = checkout / SETTINGS, checkout / VERSION
    right = settings.read_text()
    settings.write_text(right.replace("cpu: 256", "cpu: many"))
    terminal.press_enter()
    terminal.wait_for("Not deployed")
    settings.write_text(right)
    version.write_text(version.read_text().replace('"1"', '"2"'))
    terminal.press_enter()
    terminal.wait_for("storefront has a new revision")
    released = slipway("release", "storefront", "-e", "local")
    assert released.returncode == 0, released.stderr
    terminal.wait_for("storefront: clients get version 2")
    assert "requests failed" not in terminal.log.read_text()

    terminal.process.send_signal(signal.SIGINT)
    assert terminal.process.wait(30) == 0
    assert "Stopped by SIGINT in phase kept; nothing is left running." in terminal.log.read_text()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(kept.endpoint, timeout=5)
    told = slipway("status", "storefront", "-e", "local")
    assert told.stderr == "No rehearsal is kept: run make rehearse-keep in another terminal\n"
