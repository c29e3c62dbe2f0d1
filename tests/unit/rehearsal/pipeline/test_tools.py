import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from slipway.rehearsal.pipeline.tools import make_build_tools

ROOT = Path(__file__).resolve().parents[4]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    folder = tmp_path / "tools of builds"
    make_build_tools(folder, ROOT, tmp_path / "images", tmp_path / "environments")
    return folder


@pytest.fixture
def run(tools: Path, tmp_path: Path) -> Run:
    """Run a command line as a build does: with nothing of this process's environment."""
    home = tmp_path / "home"
    home.mkdir()

    def run(command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(tools), "/usr/bin", "/bin"])
        return subprocess.run(
            ["sh", "-c", command],
            cwd=home,
            env={"PATH": path, "HOME": str(home), **variables},
            capture_output=True,
            text=True,
        )

    return run


@pytest.mark.parametrize("name", ["python3", "python"])
def test_python_is_the_one_that_this_environment_was_made_with(run: Run, name: str) -> None:
    said = run(f"{name} -c 'import sys; print(sys.prefix, sys.base_prefix)'").stdout
    assert said.split() == [sys.base_prefix, sys.base_prefix]


def test_an_environment_that_a_build_makes_works(run: Run, tmp_path: Path) -> None:
    said = run(
        "python3 -m venv --without-pip it && it/bin/python -c 'import json, sys; print(sys.prefix)'"
    )
    assert said.stdout.strip() == str(tmp_path / "home" / "it"), said.stderr


def test_node_and_npm_are_the_packaged_ones(run: Run) -> None:
    assert run("node --version").stdout.startswith("v24.")
    assert run("npm --version").returncode == 0
    assert run("npx --version").returncode == 0


def test_what_is_installed_globally_belongs_to_the_build(run: Run, tmp_path: Path) -> None:
    elsewhere = {"NPM_CONFIG_PREFIX": str(tmp_path), "npm_config_prefix": str(tmp_path)}
    for variables in ({}, elsewhere):
        said = run("npm prefix --global", **variables).stdout.strip()
        assert said == str(tmp_path / "home" / ".local")
    program = tmp_path / "home" / ".local" / "bin" / "cdk"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\necho "the build\'s own: $1"\n')
    program.chmod(0o755)
    assert run("cdk deploy").stdout == "the build's own: deploy\n"


def test_what_is_not_installed_is_not_found(run: Run) -> None:
    assert run("cdk-assets publish").returncode == 127


def test_docker_is_this_checkout_s_engine_wherever_it_is_run(run: Run, tmp_path: Path) -> None:
    decoy = tmp_path / "home" / "slipway"
    decoy.mkdir()
    (decoy / "__init__.py").write_text("raise SystemExit('the code of the build')")
    said = run("docker --version", PYTHONPATH=str(tmp_path / "home"))
    assert said.stdout == "A container engine without containers, for rehearsals\n", said.stderr


def test_tools_are_written_again(tools: Path, tmp_path: Path) -> None:
    (tools / "node").write_text("")
    make_build_tools(tools, ROOT, tmp_path / "images", tmp_path / "environments")
    assert (tools / "node").read_text()
