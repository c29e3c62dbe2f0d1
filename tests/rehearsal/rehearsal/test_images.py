"""The Python environment of an image, really made and installed into."""

import json
import subprocess
from pathlib import Path

import pytest

from slipway.rehearsal import images
from slipway.rehearsal.errors import RehearsalError


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """A service without dependencies: its lock is empty, so nothing is downloaded."""
    folder = tmp_path / "storefront"
    (folder / "app").mkdir(parents=True)
    (folder / "Dockerfile").write_text('FROM python\nCMD ["python", "-m", "app"]\n')
    (folder / "requirements.txt").write_text("")
    (folder / "app/__main__.py").write_text("import sys; print(sys.prefix)")
    return folder


def test_image_runs_in_an_environment_of_its_own(service: Path, tmp_path: Path) -> None:
    image = images.build(service, tmp_path / "images", environments=tmp_path / "environments")
    (environment,) = (stamp.parent for stamp in (tmp_path / "environments").glob("*/complete"))
    description = json.loads((image.directory / "image.json").read_text())
    output = subprocess.run(
        description["command"],
        env=description["environment"],
        cwd=description["working_directory"],
        capture_output=True,
        check=True,
        text=True,
    )
    assert output.stdout == f"{environment}\n"


def test_lock_that_cannot_be_installed_is_one_line(service: Path, tmp_path: Path) -> None:
    (service / "requirements.txt").write_text(f"nothing @ file://{tmp_path}/missing.whl\n")
    with pytest.raises(RehearsalError, match=r"^requirements.txt: can't be installed: .*$"):
        images.build(service, tmp_path / "images", environments=tmp_path / "environments")
    assert not list((tmp_path / "environments").glob("*/complete"))
