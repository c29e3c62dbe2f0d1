"""Most steps of the pipeline run without the CDK, in an environment of their own lock."""

import subprocess
from pathlib import Path

import pytest

from pipeline.__main__ import COMMANDS
from scripts.environments import environment_of

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def light():
    """The Python of such an environment."""
    python = environment_of(ROOT / "pipeline" / "requirements.txt", takes="ten seconds")
    assert python
    return python


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_needs_nothing_else(light, command):
    """Its help comes after all that it imports."""
    result = subprocess.run(
        [light, "-m", "pipeline", command, "--help"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert f"python -m pipeline {command}" in result.stdout


def test_the_cdk_is_not_there(light):
    result = subprocess.run([light, "-c", "import aws_cdk"], capture_output=True, text=True)
    assert "No module named 'aws_cdk'" in result.stderr
