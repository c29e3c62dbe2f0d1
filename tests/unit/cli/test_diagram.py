"""``slipway diagram`` as a process: pictures on standard output, mistakes in a line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
APPLICATION = ROOT / "tests" / "application"
PIPELINE_APPLICATION = ROOT / "tests" / "pipeline_application"


@pytest.fixture(scope="module")
def slipway():
    """How to run it. There is no Node: nothing can be synthesised."""

    def run(*arguments, root=PIPELINE_APPLICATION):
        return subprocess.run(
            [sys.executable, "-m", "slipway", "diagram", *map(str, arguments), "--root", root],
            cwd=ROOT,
            capture_output=True,
            text=True,
            env={**os.environ, "PATH": ""},
        )

    return run


@pytest.fixture(scope="module")
def folder(pipeline_assembly):
    return Path(pipeline_assembly.directory)


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["prod-eu"], "shop in prod-eu"),
        (["--kind", "pipeline"], "The pipeline shop-pipeline"),
        (["staging", "--kind", "release", "--service", "inventory"], "of inventory in staging"),
    ],
)
def test_a_picture_is_all_that_is_on_standard_output(slipway, folder, arguments, shown):
    done = slipway(*arguments, "--assembly", folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("<svg ")
    assert done.stdout.endswith("</svg>\n")
    assert shown in done.stdout


def test_local_is_an_environment_and_needs_no_rehearsal(slipway, assembly):
    done = slipway("--local", "--assembly", assembly.directory, root=APPLICATION)
    assert (done.returncode, done.stderr) == (0, "")
    assert "shop in local" in done.stdout


def test_a_file_gets_the_same_bytes(slipway, folder, tmp_path):
    file = tmp_path / "prod.svg"
    done = slipway("prod-eu", "--assembly", folder, "--output", file)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"{file} is written\n"
    assert file.read_text() == slipway("prod-eu", "--assembly", folder).stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "Say which environment"),
        (["nowhere"], 2, "nowhere"),
        (["prod-eu", "--local"], 2, "--local is the environment local"),
        (["prod-eu", "--kind", "release"], 2, "--kind release needs it"),
        (["prod-eu", "--service", "storefront"], 2, "--service goes with --kind release"),
        (
            ["prod-eu", "--kind", "release", "--service", "nothing"],
            2,
            "prod-eu has no such service, but inventory, search, storefront",
        ),
        (["prod-eu", "--output", "no/such/folder.svg"], 2, "can't be written"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_would_be_right(
    slipway, folder, arguments, code, said
):
    done = slipway(*arguments, "--assembly", folder)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_no_assembly_is_said(slipway, tmp_path):
    done = slipway("prod-eu", "--assembly", tmp_path)
    assert done.returncode == 1
    assert "is not a cloud assembly" in done.stderr
