"""What a newcomer types, word for word as the page has it."""

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
PAGE = PROJECT / "docs" / "getting-started" / "laptop.md"
READY = "Everything runs"
MOST = 8


def commands():
    """The lines of the page's blocks, in order."""
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A clone, as it would be after the next commit, that is set up already."""
    clone = tmp_path_factory.mktemp("newcomer") / "slipway"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (PROJECT / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, clone / name)
    for made in (".venv", "node_modules"):
        (clone / made).symlink_to(PROJECT / made)
    return clone


@pytest.fixture(scope="module")
def environment(checkout):
    # The installed program imports the newcomer's clone, not the checkout of these tests.
    return {**os.environ, "PYTHONPATH": f"{checkout}{os.pathsep}{checkout / 'constructs'}"}


@pytest.fixture(scope="module")
def kept(checkout, environment):
    """The first command, in a terminal of its own."""
    output = checkout / "kept.log"
    with output.open("w") as log:
        process = subprocess.Popen(
            commands()[0],
            shell=True,
            cwd=checkout,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            deadline = time.monotonic() + 600
            while READY not in output.read_text():
                assert process.poll() is None, output.read_text()
                assert time.monotonic() < deadline, output.read_text()
                time.sleep(0.5)
            yield output
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(timeout=120)


def test_a_service_of_one_s_own_takes_at_most_eight_commands():
    first, *_ = commands()
    assert first == "make rehearse-keep"
    assert len(commands()) <= MOST


def test_the_page_ends_with_a_release_that_was_taken_back(kept, checkout, environment):
    told = {}
    for line in commands()[1:]:
        done = subprocess.run(
            line,
            shell=True,
            cwd=checkout,
            env=environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        told[line] = done.stdout + done.stderr
    status = told[".venv/bin/slipway status hello --local"]
    assert "live      shop-local-hello:2" in status
    assert '"hello": "hello", "version": "1"' in next(
        answer for line, answer in told.items() if line.startswith("curl")
    )
    assert "Live is shop-local-hello:1" in told[".venv/bin/slipway rollback hello --local"]
    assert "requests failed" not in kept.read_text()
