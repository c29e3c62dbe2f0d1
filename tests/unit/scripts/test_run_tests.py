"""Groups of tests beside one another: no more than there is room for, and all of them."""

from pathlib import Path

import pytest

from scripts import run_tests

NOTE = """
import pathlib, time

def test_it():
    with open({log!r}, "a") as log:
        log.write("begin\\n")
        log.flush()
        time.sleep(0.2)
        log.write("end\\n")
    assert {passes}
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """How to write a group of one test; what it does is in the file `log`."""
    monkeypatch.setattr(run_tests, "ROOT", tmp_path)

    def group(name: str, *, passes: bool = True) -> tuple[str, ...]:
        file = tmp_path / f"test_{name}.py"
        file.write_text(NOTE.format(log=str(tmp_path / "log"), passes=passes))
        return (str(file), "-q")

    return group


def test_there_are_no_more_at_once_than_there_is_room_for(
    write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_tests, "_AT_ONCE", 1)
    assert run_tests._run_side_by_side(*(write(name) for name in "abc")) == 0
    assert (tmp_path / "log").read_text().split() == ["begin", "end"] * 3


def test_one_failure_is_a_failure_of_all_and_every_group_is_told(
    write, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_tests._run_side_by_side(write("a"), write("b", passes=False), write("c")) == 1
    assert "test_b.py::test_it" in (told := capfd.readouterr().out)
    assert told.count("1 passed") == 2
