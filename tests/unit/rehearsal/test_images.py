"""What an image holds; that its environment is really made, tests/rehearsal proves."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from slipway.rehearsal import images
from slipway.rehearsal.errors import RehearsalError
from slipway.rehearsal.images import Image

DOCKERFILE = """\
FROM python
ENV GREETING=Hello
CMD ["python", "-m", "app"]
"""


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """A service without dependencies: its lock is empty, so nothing is downloaded."""
    folder = tmp_path / "storefront"
    write(
        folder,
        {
            "Dockerfile": DOCKERFILE,
            "requirements.txt": "",
            ".dockerignore": "tests\n",
            "app/__init__.py": "",
            "app/__main__.py": "import os; print(os.environ['GREETING'])",
            "tests/test_app.py": "",
        },
    )
    return folder


@pytest.fixture(autouse=True)
def installer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take this Python for every environment: making one takes longer than all these tests."""

    def install(lock: bytes, environment: Path, *, log: Path) -> None:
        assert lock == b""
        (environment / "bin").mkdir(parents=True)
        (environment / "bin/python").symlink_to(sys.executable)

    monkeypatch.setattr(images, "_install", install)


@pytest.fixture
def environments(tmp_path: Path) -> Path:
    return tmp_path / "environments"


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def build(service: Path, environments: Path) -> Image:
    return images.build(service, service.parent / "images", environments=environments)


def test_image_runs_as_its_dockerfile_says(service: Path, environments: Path) -> None:
    image = build(service, environments)
    description = json.loads((image.directory / "image.json").read_text())
    assert Path(description["working_directory"]).is_absolute()
    output = subprocess.run(
        description["command"],
        env=description["environment"],
        cwd=description["working_directory"],
        capture_output=True,
        check=True,
    )
    assert output.stdout == b"Hello\n"


def test_directory_is_named_by_the_digest_of_the_manifest(
    service: Path, environments: Path
) -> None:
    image = build(service, environments)
    assert image.digest == "sha256:" + hashlib.sha256(image.manifest.encode()).hexdigest()
    assert image.directory.name == image.digest.removeprefix("sha256:")


def test_ignored_files_are_not_in_the_image(service: Path, environments: Path) -> None:
    image = build(service, environments)
    assert (image.directory / "app" / "app" / "__main__.py").exists()
    assert not (image.directory / "app" / "tests").exists()


def test_same_content_elsewhere_and_at_another_time_is_the_same_image(
    service: Path, environments: Path, tmp_path: Path
) -> None:
    first = build(service, environments)
    moved = service.rename(tmp_path / "moved")
    os.utime(moved / "app" / "__main__.py", (0, 0))
    write(moved, {"app/__pycache__/main.pyc": "", "tests/test_more.py": ""})
    assert build(moved, environments).digest == first.digest


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("app/__main__.py", "print('2')"),
        ("app/new.py", ""),
        ("Dockerfile", DOCKERFILE.replace("Hello", "Hi")),
        ("Dockerfile", DOCKERFILE.replace('"app"', '"app.main"')),
    ],
)
def test_other_content_is_another_image(
    service: Path, environments: Path, file: str, text: str
) -> None:
    first = build(service, environments)
    write(service, {file: text})
    second = build(service, environments)
    assert second.digest != first.digest
    assert first.directory.exists()


def test_executable_bit_is_content(service: Path, environments: Path) -> None:
    first = build(service, environments)
    (service / "app" / "__main__.py").chmod(0o755)
    assert build(service, environments).digest != first.digest


@pytest.mark.parametrize("missing", ["complete", "bin/python"])
def test_unfinished_environment_is_built_again(
    service: Path, environments: Path, missing: str
) -> None:
    build(service, environments)
    (environment,) = (stamp.parent for stamp in environments.glob("*/complete"))
    (environment / missing).unlink()
    (environment / "left over").touch()
    build(service, environments)
    assert (environment / missing).exists()
    assert not (environment / "left over").exists()


def test_environment_is_shared_by_images_with_the_same_lock(
    service: Path, environments: Path
) -> None:
    build(service, environments)
    write(service, {"app/new.py": ""})
    told: list[str] = []
    images.build(
        service, service.parent / "images", environments=environments, progress=told.append
    )
    assert told == []


def test_missing_lock_is_one_line(service: Path, environments: Path) -> None:
    (service / "requirements.txt").unlink()
    with pytest.raises(RehearsalError, match=r"storefront/requirements.txt: not found"):
        build(service, environments)
