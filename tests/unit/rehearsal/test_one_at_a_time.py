import multiprocessing
from pathlib import Path
from typing import Any

from slipway.rehearsal.one_at_a_time import one_at_a_time


def hold(file: Path, begun: Any, over: Any) -> None:
    with one_at_a_time(file):
        begun.set()
        over.wait(30)


def test_a_second_process_waits_and_says_so(tmp_path: Path) -> None:
    processes = multiprocessing.get_context("spawn")
    begun, over = processes.Event(), processes.Event()
    other = processes.Process(target=hold, args=(tmp_path / "lock", begun, over))
    other.start()
    assert begun.wait(30)
    with one_at_a_time(tmp_path / "lock", waiting=over.set):
        # Only its turn let us in: the other one ends because we say that we wait.
        assert over.is_set()
    other.join()
    assert other.exitcode == 0


def test_the_turn_of_a_killed_process_is_over(tmp_path: Path) -> None:
    processes = multiprocessing.get_context("spawn")
    begun, never = processes.Event(), processes.Event()
    other = processes.Process(target=hold, args=(tmp_path / "lock", begun, never))
    other.start()
    assert begun.wait(30)
    with one_at_a_time(tmp_path / "lock", waiting=other.kill):
        other.join()
    assert other.exitcode == -9


def test_who_is_alone_is_not_told_to_wait(tmp_path: Path) -> None:
    told: list[str] = []
    for _ in range(2):
        with one_at_a_time(tmp_path / "lock", waiting=lambda: told.append("waits")):
            pass
    assert told == []
