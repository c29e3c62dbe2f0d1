"""Where a rehearsal keeps its things: runs that were killed are cleared up, all else stays."""

import os
import subprocess
import sys
from pathlib import Path

from slipway.rehearsal.folders import Folders


def test_what_a_killed_run_left_goes(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    leftover = tmp_path / "build/rehearsal" / f"run-{ended.pid}"
    (leftover / "workspace").mkdir(parents=True)
    Folders.of(tmp_path)
    assert not leftover.exists()


def test_a_run_that_goes_on_keeps_its_folder(tmp_path: Path) -> None:
    of_another = tmp_path / "build/rehearsal" / f"run-{os.getppid()}"
    of_another.mkdir(parents=True)
    Folders.of(tmp_path)
    assert of_another.exists()


def test_what_somebody_named_to_keep_it_stays(tmp_path: Path) -> None:
    named = tmp_path / "build/rehearsal/run-before-the-upgrade"
    named.mkdir(parents=True)
    Folders.of(tmp_path)
    assert named.exists()


def test_a_run_begins_with_an_empty_folder_of_its_own(tmp_path: Path) -> None:
    first = Folders.of(tmp_path)
    (first.run / "images.json").write_text("{}")
    again = Folders.of(tmp_path)
    assert again.run == first.run
    assert list(again.run.iterdir()) == []


def test_images_and_python_environments_outlive_a_run(tmp_path: Path) -> None:
    first = Folders.of(tmp_path)
    for kept in (first.images, first.environments):
        kept.mkdir()
    again = Folders.of(tmp_path)
    assert again.images.exists()
    assert again.environments.exists()
