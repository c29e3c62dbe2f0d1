"""``python -m prove`` as a process, with the credentials of an account of the local AWS."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from slipway.settings import load

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def run(cloud, tmp_path):
    """Run it in an account; a container engine that answers is all it finds of one."""
    engine = tmp_path / "docker"
    engine.write_text("#!/bin/sh\nexit 0\n")
    engine.chmod(0o755)

    def run(account: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **cloud.cdk_environment,
            "AWS_ACCESS_KEY_ID": account,
            "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
        }
        return subprocess.run(
            [sys.executable, "-m", "prove", "--account", account, "--yes"],
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    return run


@pytest.mark.parametrize("name", ["staging", "prod"])
def test_the_account_of_an_environment_that_people_rely_on_is_refused(run, name):
    account = load(PROJECT).environment(name).account
    ended = run(account)
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert f"Account {account} is the one of {name}" in line
    assert ended.stdout == ""


def test_an_account_that_is_not_bootstrapped_is_refused_with_the_command(run):
    ended = run("999999999999")
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert line.endswith("scripts/cdk bootstrap aws://999999999999/us-east-1")
    assert ended.stdout == ""
