"""What a newcomer types, word for word as the page has it."""

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from waiting import PATIENCE_SECONDS, eventually

PROJECT = Path(__file__).resolve().parents[3]
PAGE = PROJECT / "docs" / "getting-started" / "laptop.md"
READY = "Everything runs"
MOST = 8


def commands():
    """The lines of the page's blocks, in order."""
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def shell(line):
    """What a terminal does with a line."""
    return ["sh", "-c", line]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A clone, as it would be after the next commit."""
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
    return clone


@pytest.fixture(scope="module")
def environment():
    """A terminal in which nobody has activated anything."""
    own = str(PROJECT / ".venv" / "bin")
    path = os.pathsep.join(each for each in os.environ["PATH"].split(os.pathsep) if each != own)
    without = {"PYTHONPATH", "VIRTUAL_ENV"}
    kept = {key: value for key, value in os.environ.items() if key not in without}
    return {**kept, "PATH": path}


@pytest.fixture(scope="module")
def kept(checkout, environment):
    """The first command, in a terminal of its own."""
    output = checkout / "kept.log"
    with output.open("w") as log:
        process = subprocess.Popen(
            shell(commands()[0]),
            cwd=checkout,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:

            def is_ready():
                assert process.poll() is None, output.read_text()
                return READY in output.read_text()

            # It sets the checkout up, too.
            eventually(is_ready, output.read_text, 5 * PATIENCE_SECONDS)
            yield output
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
            process.wait(timeout=PATIENCE_SECONDS)


def test_a_service_of_one_s_own_takes_at_most_eight_commands():
    first, *_ = commands()
    assert first == "make rehearse-keep"
    assert len(commands()) <= MOST


def test_the_page_ends_with_a_release_that_was_taken_back(kept, checkout, environment):
    def type_(line):
        done = subprocess.run(
            shell(line),
            cwd=checkout,
            env=environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    told = {line: type_(line) for line in commands()[1:]}
    status = ".venv/bin/slipway status hello --local"
    assert "live      shop-local-hello:2" in told[status]
    assert '"hello": "hello", "version": "1"' in next(
        answer for line, answer in told.items() if line.startswith("curl")
    )
    # The last of them was the rollback.
    assert "live      shop-local-hello:1" in type_(status)
    assert "requests failed" not in kept.read_text()
