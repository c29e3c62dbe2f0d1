import sys
from pathlib import Path

import pytest

from bench.commands import RUNTIME, BenchError, Subject, hook_package_bytes, run, subjects
from bench.first_call import CALL, EVENT, write_package


def call(tmp_path: Path, *checks: object) -> str:
    """Make a hook's first call with these checks, and return its log."""
    package = write_package(RUNTIME, tmp_path / "package", checks)
    run(
        Subject(
            "hook",
            (sys.executable, "-c", CALL),
            tmp_path,
            {"PYTHONPATH": str(package)},
            asks_aws=True,
        )
    )
    return (tmp_path / "output.log").read_text()


def test_the_hook_that_is_measured_makes_a_whole_first_call(tmp_path: Path) -> None:
    (hook,) = (subject for subject in subjects(tmp_path) if subject.name == "hook")
    assert run(hook)["seconds"] > 0
    log = (hook.directory / "output.log").read_text()
    assert "green is bench:1" in log
    assert "GET /: 1 of 1 answers from bench:1 as expected" in log


def test_every_api_that_its_checks_may_ask_answers(tmp_path: Path) -> None:
    log = call(tmp_path, {"targets_healthy": {}}, {"alarms_quiet": {}}, {"http": {"path": "/"}})
    assert log.count('"outcome": "passed"') == 4
    assert EVENT in log


def test_a_hook_that_says_no_is_not_measured(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match=r"reported \['Failed'\] and not Succeeded: .*Goodbye"):
        call(tmp_path, {"http": {"path": "/", "body": "Goodbye"}})


def test_the_package_is_what_lambda_gets(tmp_path: Path) -> None:
    package = write_package(RUNTIME, tmp_path / "package")
    sizes = {
        str(file.relative_to(package)): file.stat().st_size
        for file in package.rglob("*")
        if file.is_file()
    }
    sizes.pop("checks.json")
    assert sum(sizes.values()) == hook_package_bytes()
