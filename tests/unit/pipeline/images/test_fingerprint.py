import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.images.fingerprint import fingerprint

ARGUMENTS = {"SOURCE_DATE_EPOCH": "0"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "storefront"
    (folder / "storefront").mkdir(parents=True)
    (folder / "Dockerfile").write_text("FROM scratch\n")
    (folder / ".dockerignore").write_text("*\n!storefront/\n")
    (folder / "storefront" / "app.py").write_text("one\n")
    (folder / "storefront" / "run").symlink_to("app.py")
    return folder


def test_it_is_16_hexadecimal_digits_that_say_the_same_on_every_machine(folder: Path) -> None:
    assert fingerprint(folder, ARGUMENTS) == "a6835169d30168b2"  # pragma: allowlist secret: a sum


def test_a_clone_has_the_same(folder: Path, tmp_path: Path) -> None:
    before = fingerprint(folder, ARGUMENTS)
    clone = tmp_path / "elsewhere" / "clone"
    shutil.copytree(folder, clone, symlinks=True)
    for file in (clone / "storefront" / "app.py", clone / "Dockerfile"):
        file.chmod(0o600)
        os.utime(file, (1, 1))
    (clone / "empty").mkdir()
    assert fingerprint(clone, ARGUMENTS) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "Dockerfile").write_text("FROM scratch\nUSER 1\n"),
        lambda folder: (folder / ".dockerignore").write_text(""),
        lambda folder: (folder / "storefront" / "app.py").write_text("two\n"),
        lambda folder: (folder / "storefront" / "app.py").chmod(0o755),
        lambda folder: (folder / "storefront" / "app.py").rename(folder / "storefront" / "b.py"),
        lambda folder: (folder / "storefront" / "b.py").write_text(""),
        lambda folder: _link_elsewhere(folder / "storefront" / "run"),
    ],
    ids=["Dockerfile", ".dockerignore", "content", "executable", "name", "new file", "link"],
)
def test_what_changes_the_image_changes_it(folder: Path, change: Callable[[Path], object]) -> None:
    before = fingerprint(folder, ARGUMENTS)
    change(folder)
    assert fingerprint(folder, ARGUMENTS) != before


def test_build_arguments_change_it(folder: Path) -> None:
    assert fingerprint(folder, ARGUMENTS) != fingerprint(folder, {})


@pytest.mark.parametrize("path", ["README.md", "tests/test_app.py", "storefront/__pycache__/a.pyc"])
def test_what_the_image_does_not_hold_does_not_count(folder: Path, path: str) -> None:
    before = fingerprint(folder, ARGUMENTS)
    (folder / path).parent.mkdir(exist_ok=True)
    (folder / path).write_text("anything")
    assert fingerprint(folder, ARGUMENTS) == before


def _link_elsewhere(link: Path) -> None:
    link.unlink()
    link.symlink_to("b.py")
