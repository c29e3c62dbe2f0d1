import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "set_up.py"


def test_a_python_that_is_too_old_is_one_line_before_anything_is_imported_that_it_lacks() -> None:
    pretend = (
        "import runpy, sys; sys.version_info = (3, 10, 0); sys.modules['leash'] = None; "
        f"runpy.run_path({str(SCRIPT)!r}, run_name='__main__')"
    )
    ended = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True)
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert line.startswith("Slipway needs Python 3.11 or newer")
    assert "make PYTHON=" in line


@pytest.fixture
def set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script's functions, for a checkout with locks and nothing installed."""
    spec = importlib.util.spec_from_file_location("set_up_of_a_copy", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    for purpose in module.PURPOSES.values():
        for name in purpose.inputs:
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(f"# {name}\n")
    cdk = tmp_path / "node_modules" / ".bin" / "cdk"
    cdk.parent.mkdir(parents=True)
    cdk.touch()
    for name, path in {
        "ROOT": tmp_path,
        "VENV": tmp_path / ".venv",
        "STAMP": tmp_path / ".venv" / "set-up.sha256",
        "CDK": cdk,
    }.items():
        monkeypatch.setattr(module, name, path)
    module.VENV.mkdir()
    return module


@pytest.mark.parametrize(
    ("done", "serves"),
    [
        ("pipeline", ["pipeline"]),
        ("synthesis", ["pipeline", "synthesis"]),
        ("everything", ["pipeline", "synthesis", "everything"]),
    ],
)
def test_what_is_set_up_serves_the_smaller_purposes_too(
    set_up: ModuleType, done: str, serves: list[str]
) -> None:
    set_up.STAMP.write_text(set_up._fingerprint(done))
    assert [name for name in set_up.PURPOSES if set_up._is_set_up(name)] == serves


def test_another_lock_is_set_up_again(set_up: ModuleType) -> None:
    set_up.STAMP.write_text(set_up._fingerprint("pipeline"))
    (set_up.ROOT / "pipeline" / "requirements.txt").write_text("another==1\n")
    assert not set_up._is_set_up("pipeline")


def test_without_node_a_synthesis_says_what_brings_it_along(
    set_up: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(set_up.ROOT))
    with pytest.raises(set_up.SetUpError, match=r"node and npm are not on PATH.*'make set-up'"):
        set_up._set_up("synthesis")
    assert not set_up.STAMP.exists()


def test_steps_run_at_the_same_time_and_one_that_fails_shows_its_output(
    set_up: ModuleType, capfd: pytest.CaptureFixture[str]
) -> None:
    here, there = set_up.ROOT / "here", set_up.ROOT / "there"
    wait = "touch {}; until [ -e {} ]; do sleep 0.01; done"
    steps = {
        "First": ["sh", "-c", wait.format(here, there)],
        "Second": ["sh", "-c", f"{wait.format(there, here)}; echo what went wrong; exit 3"],
    }
    with pytest.raises(set_up.SetUpError, match=r"failed at 'Second' \(exit code 3\)"):
        set_up._steps(steps)
    assert "what went wrong" in capfd.readouterr().err
