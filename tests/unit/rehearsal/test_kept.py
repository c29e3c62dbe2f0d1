"""How a rehearsal that is kept is found, and how one that has ended is told from it."""

import fcntl
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from slipway.rehearsal.connection import Account, Connection
from slipway.rehearsal.errors import RehearsalError
from slipway.rehearsal.kept import Kept, find, keeper, of_this_process

CONNECTION = Connection("http://127.0.0.1:1", Account("000000000000", "eu-west-1"))

# Keeps a rehearsal until it is killed.
KEEPER = """
import sys, time
from pathlib import Path
from typing import IO
from slipway.rehearsal.kept import Kept, keeper
with keeper(Path(sys.argv[1])) as place:
    place.publish(Kept("http://127.0.0.1:1", "000000000000", "eu-west-1", 1, "", ""))
    print("kept", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return of_this_process(CONNECTION, tmp_path / "workspace", tmp_path / "authority.pem")


def test_what_is_kept_is_found(tmp_path: Path, kept: Kept) -> None:
    with keeper(tmp_path) as place:
        place.publish(kept)
        assert find(tmp_path) == kept
        assert find(tmp_path).connection == CONNECTION


def test_nothing_kept_is_one_line_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(RehearsalError) as told:
        find(tmp_path)
    assert str(told.value) == "No rehearsal is kept: run make rehearse-keep in another terminal"


def test_one_that_is_being_deployed_is_to_be_waited_for(tmp_path: Path) -> None:
    with keeper(tmp_path), pytest.raises(RehearsalError, match="still being deployed"):
        find(tmp_path)


def test_nothing_remains_when_it_ends(tmp_path: Path, kept: Kept) -> None:
    with keeper(tmp_path) as place:
        place.publish(kept)
    assert not list((tmp_path / "build" / "rehearsal").iterdir())


def test_a_file_whose_keeper_was_killed_keeps_nobody_out(tmp_path: Path, kept: Kept) -> None:
    command = [sys.executable, "-c", KEEPER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "kept\n"
        assert find(tmp_path).pid == 1
        process.kill()
    with pytest.raises(RehearsalError, match=r"^The kept rehearsal has ended: run "):
        find(tmp_path)
    with keeper(tmp_path) as place:
        place.publish(kept)
        assert find(tmp_path) == kept


def test_a_checkout_keeps_one_rehearsal_at_a_time(tmp_path: Path, kept: Kept) -> None:
    with keeper(tmp_path) as place:
        place.publish(kept)
        with pytest.raises(RehearsalError, match="kept already"), keeper(tmp_path):
            pass
        assert find(tmp_path) == kept


def test_a_keeper_that_ends_takes_no_place_of_the_next_one_along(
    tmp_path: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = fcntl.flock

    def remove_and_lock(file: IO[str], operation: int) -> None:
        """The former keeper ends between the moment at which the file is opened, and this one."""
        monkeypatch.undo()
        (tmp_path / "build" / "rehearsal" / "kept.json").unlink()
        lock(file, operation)

    monkeypatch.setattr(fcntl, "flock", remove_and_lock)
    with keeper(tmp_path) as place:
        place.publish(kept)
        assert find(tmp_path) == kept


def test_an_endpoint_elsewhere_is_refused(tmp_path: Path, kept: Kept) -> None:
    elsewhere = Kept(**{**vars(kept), "endpoint": "https://ecs.eu-west-1.amazonaws.com"})
    with keeper(tmp_path) as place:
        place.publish(elsewhere)
        with pytest.raises(RehearsalError, match="is not on this machine"):
            find(tmp_path).connection.release_clients()
