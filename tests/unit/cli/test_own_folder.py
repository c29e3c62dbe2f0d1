import multiprocessing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from slipway.cli.own_folder import own_folder

PROCESSES = multiprocessing.get_context("spawn")


def write(base: Path, answers: Any) -> None:
    folder = own_folder(base)
    (folder / "manifest.json").write_text("{}")
    answers.send(folder)
    answers.recv()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[tuple[Any, Path]]:
    """Another process that has a folder of its own, and that folder."""
    ours, theirs = PROCESSES.Pipe()
    process = PROCESSES.Process(target=write, args=(tmp_path / "dev", theirs))
    process.start()
    assert ours.poll(30)
    yield process, ours.recv()
    process.kill()
    process.join()
    ours.close()
    theirs.close()


def test_what_another_command_reads_is_neither_shared_nor_taken_away(
    other: tuple[Any, Path], tmp_path: Path
) -> None:
    _, theirs = other
    assert own_folder(tmp_path / "dev") != theirs
    assert (theirs / "manifest.json").read_text() == "{}"


def test_what_a_command_has_left_goes_with_the_next_one(
    other: tuple[Any, Path], tmp_path: Path
) -> None:
    process, theirs = other
    process.kill()
    process.join()
    assert theirs.exists()
    own_folder(tmp_path / "dev")
    assert not theirs.exists()


def test_a_process_keeps_all_that_it_has_made(tmp_path: Path) -> None:
    first, second = own_folder(tmp_path / "dev"), own_folder(tmp_path / "dev")
    assert first != second
    assert first.exists()


def test_what_nobody_holds_goes(tmp_path: Path) -> None:
    """As a folder that was made before there were locks."""
    (tmp_path / "dev" / "cdk.out").mkdir(parents=True)
    own_folder(tmp_path / "dev")
    assert not (tmp_path / "dev" / "cdk.out").exists()
