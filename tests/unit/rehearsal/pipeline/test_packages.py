"""What is fetched, and when; that pip finds it there, with files instead of an index."""

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from slipway.rehearsal.pipeline import packages
from slipway.rehearsal.pipeline.packages import gather_packages


def wheel(folder: Path, name: str, version: str) -> str:
    """A package of one empty module, and the hash of its file."""
    about = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": "",
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{about}/RECORD": "",
    }
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where pip finds packages in these tests."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def project(tmp_path: Path, index: Path) -> Path:
    """Two locks, of which one has a version of its own and a package of another system."""
    folder = tmp_path / "project"
    (folder / "services" / "storefront").mkdir(parents=True)
    lock(folder / "requirements.txt", *(entry(index, name, "1") for name in ("one", "two")))
    elsewhere = entry(index, "three", "1").replace(" \\", " ; sys_platform == 'win32' \\", 1)
    lock(folder / "services/storefront/requirements.txt", entry(index, "one", "2"), elsewhere)
    return folder


def entry(index: Path, name: str, version: str) -> str:
    return f"{name}=={version} \\\n    --hash=sha256:{wheel(index, name, version)}\n    # via it\n"


def lock(file: Path, *entries: str) -> None:
    file.write_text("".join(entries))


def test_what_any_lock_names_is_fetched(project: Path, tmp_path: Path) -> None:
    gather_packages(project, tmp_path / "packages")
    found = {each.name.partition("-py3")[0] for each in (tmp_path / "packages").glob("*.whl")}
    assert found == {"one-1", "one-2", "two-1"}


def test_pip_finds_all_there_without_an_index(project: Path, tmp_path: Path, index: Path) -> None:
    variables = gather_packages(project, tmp_path / "packages")
    for each in index.iterdir():
        each.unlink()
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--target", tmp_path / "here"),
            *("--require-hashes", "--requirement", project / "requirements.txt"),
        ],
        env=variables,
        check=True,
    )
    assert (tmp_path / "here" / "two.py").exists()


def test_what_is_there_is_not_fetched_again(
    project: Path, tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    gather_packages(project, tmp_path / "packages", progress=told.append)
    assert told == ["fetching 4 Python packages for the builds"]
    fetched: list[str] = []
    real = packages._fetch

    def fetch(missing: dict[str, str], folder: Path) -> bool:
        fetched.extend(missing)
        return real(missing, folder)

    monkeypatch.setattr(packages, "_fetch", fetch)
    lock(project / "requirements.txt", entry(index, "one", "1"), entry(index, "four", "1"))
    gather_packages(project, tmp_path / "packages")
    gather_packages(project, tmp_path / "packages")
    assert fetched == ["four==1"]


def test_what_cannot_be_fetched_is_left_to_the_builds(
    project: Path, tmp_path: Path, index: Path
) -> None:
    file = index / "two-1-py3-none-any.whl"
    right = file.read_bytes()
    file.write_bytes(b"another file")
    told: list[str] = []
    assert gather_packages(project, tmp_path / "packages", progress=told.append) == {}
    assert told[-1].startswith("not all could be fetched")
    file.write_bytes(right)
    assert gather_packages(project, tmp_path / "packages") != {}
