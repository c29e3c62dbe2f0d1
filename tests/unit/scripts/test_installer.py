import subprocess
import sys
from pathlib import Path

import pytest

from scripts import installer


def test_an_environment_is_filled_by_the_pip_of_this_python(tmp_path: Path) -> None:
    make, install = installer.commands_for(tmp_path / "environment")
    assert "--without-pip" in make
    assert install[:3] == [sys.executable, "-m", "pip"]
    assert str(tmp_path / "environment" / "bin" / "python") in install


def test_a_python_without_pip_leaves_it_to_the_one_it_was_made_with(tmp_path: Path) -> None:
    """The environment of a build has none, and makes another one for syft."""
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    ask = (
        "import pathlib; from scripts.installer import commands_for; "
        "print(commands_for(pathlib.Path('made'))[1][0])"
    )
    asked = subprocess.run(
        [bare / "bin" / "python", "-c", ask],
        cwd=Path(__file__).resolve().parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    base = installer._base()
    own = str(Path("made") / "bin" / "python")
    assert asked.stdout.strip() == (base if installer._has_pip(base) else own)


def test_without_any_pip_the_environment_gets_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installer, "_has_pip", lambda _python: False)
    make, install = installer.commands_for(tmp_path)
    assert "--without-pip" not in make
    assert install[:3] == [str(tmp_path / "bin" / "python"), "-m", "pip"]


@pytest.mark.parametrize("forbidden", [True, False])
def test_packages_are_compiled_once_where_python_may_not_keep_what_it_compiles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forbidden: bool
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", forbidden)
    _, install = installer.commands_for(tmp_path)
    assert ("--no-compile" not in install) is forbidden


@pytest.mark.parametrize(("version", "knows"), [("22.2.2", False), ("22.3", True), ("25.1", True)])
def test_a_pip_of_old_knows_no_other_environment(tmp_path: Path, version: str, knows: bool) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\necho {version}\n")
    python.chmod(0o755)
    assert installer._has_pip(str(python)) is knows
