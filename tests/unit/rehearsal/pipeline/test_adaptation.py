"""That the checks and tests that are left exist, ``make`` is asked in the copy of this Makefile."""

import shutil
import subprocess
from pathlib import Path

import pytest

from slipway.rehearsal.errors import RehearsalError
from slipway.rehearsal.pipeline.adaptation import narrow_tests

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "Makefile", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("target", "runs"),
    [
        ("check", 'scripts/check.py --stop-with-parent $PPID hadolint "lock files"'),
        ("test", "scripts/run_tests.py --stop-with-parent $PPID services"),
    ],
)
def test_what_is_left_is_about_services(copy: Path, target: str, runs: str) -> None:
    narrow_tests(copy)
    said = subprocess.run(
        ["make", "--dry-run", target], cwd=copy, capture_output=True, text=True, check=True
    ).stdout
    assert f"exec .venv/bin/python {runs}" in said.splitlines()


def test_everything_else_of_the_makefile_stays(copy: Path) -> None:
    before = (copy / "Makefile").read_text().splitlines()
    narrow_tests(copy)
    after = (copy / "Makefile").read_text().splitlines()
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert len(changed) == 2


def test_a_makefile_that_has_moved_on_is_one_line(copy: Path) -> None:
    narrow_tests(copy)
    with pytest.raises(RehearsalError, match=r"Makefile: expected 'scripts/check.py .*' once"):
        narrow_tests(copy)
