"""The front door of the pipeline's steps."""

import argparse
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.__main__ import COMMANDS, main
from pipeline.errors import PipelineError, each
from slipway.release.errors import AwsError

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_it_takes(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"python -m pipeline {command}" in capsys.readouterr().out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_a_module_with_the_two_functions(command: str) -> None:
    module = importlib.import_module(COMMANDS[command][0])
    module.add_arguments(argparse.ArgumentParser())
    assert callable(module.run)


def test_a_command_is_imported_only_when_it_runs() -> None:
    code = "import sys, pipeline.__main__; print('pipeline.images' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert answer.stdout.strip() == "False", answer.stderr


def test_wrong_arguments_exit_2() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["build", "--architecture", "mips"])
    assert ended.value.code == 2


def test_all_that_went_wrong_is_told_a_line_each() -> None:
    def do(item: int) -> int:
        if item == 1:
            raise PipelineError("one")
        if item == 2:
            raise AwsError("two")
        return item

    with pytest.raises(PipelineError, match=r"^one\ntwo$"):
        each([1, 2, 3], do)
    assert each([3, 4], do) == [3, 4]
