import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from slipway.local_aws.scratch import scratch_folder


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_what_a_killed_process_has_left_goes(temporary: Path) -> None:
    with subprocess.Popen([sys.executable, "-S", "-c", ""]) as ended:
        ended.wait()
    left = temporary / f"local-aws-{ended.pid}-abc"
    (left / "tmp").mkdir(parents=True)
    assert scratch_folder().name.startswith(f"local-aws-{os.getpid()}-")
    assert not left.exists()


def test_what_others_use_stays(temporary: Path) -> None:
    """Process 1 is always there, and mostly somebody else's."""
    others = [temporary / name for name in ("local-aws-1-abc", "local-aws-notes-abc", "other-1-a")]
    for each in others:
        each.mkdir()
    first = scratch_folder()
    assert scratch_folder() != first
    assert all(each.exists() for each in (*others, first))
