import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench import commands
from bench.__main__ import main
from bench.commands import BenchError, Subject, run, subjects
from bench.synthesis import peak_memory_bytes


def test_a_failure_is_one_line_that_names_the_subject(tmp_path: Path) -> None:
    failing = "import sys; print('progress'); sys.exit('no such setting')"
    subject = Subject("everything", (sys.executable, "-c", failing), tmp_path)
    with pytest.raises(BenchError) as raised:
        run(subject)
    assert str(raised.value) == "everything: failed with exit code 1: no such setting"


def test_variables_of_the_caller_do_not_reach_what_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDK_OUTDIR", "elsewhere")
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    code = (
        "import os; assert not [k for k in os.environ if k.startswith('AWS_')];"
        "assert os.environ['CDK_VALIDATION'] == 'false'; assert 'CDK_OUTDIR' not in os.environ;"
        "assert 'PYTHONDONTWRITEBYTECODE' not in os.environ"
    )
    subject = Subject("it", (sys.executable, "-c", code), tmp_path, {"CDK_VALIDATION": "false"})
    assert run(subject)["seconds"] > 0


def test_the_command_is_measured_and_not_its_leash(tmp_path: Path) -> None:
    result = tmp_path / "clock.json"
    clock = str(commands.ROOT / "bench/clock.py")
    command = [sys.executable, "-c", "raise SystemExit(3)"]
    code = subprocess.run([sys.executable, clock, str(result), *command]).returncode
    assert code == 3
    assert json.loads(result.read_text())["seconds"] > 0


def test_memory_of_children_counts() -> None:
    alone = peak_memory_bytes()
    child = subprocess.Popen(
        [sys.executable, "-c", "print(flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    child.stdout.readline()
    together = peak_memory_bytes()
    child.communicate(b"\n")
    assert together > alone + 2**20


def test_every_synthesis_has_a_cloud_assembly_of_its_own(tmp_path: Path) -> None:
    each = list(subjects(tmp_path))
    assert len({subject.name for subject in each}) == len(each)
    folders = [subject.environment["CDK_OUTDIR"] for subject in each if subject.synthesises]
    assert len(set(folders)) == len(folders)
    assert all(Path(folder).is_relative_to(tmp_path) for folder in folders)


def test_ctrl_c_ends_without_a_report_or_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(_subject: Subject) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bench.__main__.run", interrupt)
    monkeypatch.setattr("bench.__main__.REPORT", tmp_path / "bench.json")
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr(sys, "argv", ["bench"])
    assert main() == 130
    assert "Stopped" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_failure_is_reported_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_subject: Subject) -> None:
        raise BenchError("empty app: failed with exit code 1: no output")

    monkeypatch.setattr("bench.__main__.run", fail)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr(sys, "argv", ["bench"])
    assert main() == 1
    assert capsys.readouterr().err == "bench: empty app: failed with exit code 1: no output\n"
