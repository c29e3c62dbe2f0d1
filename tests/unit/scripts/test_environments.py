import hashlib
import subprocess
import zipfile
from pathlib import Path

import pytest

from scripts.environments import environment_of


def wheel(folder: Path) -> str:
    """A package of one module, `greeting`, for pip to install; its hash."""
    about = "greeting-1.dist-info"
    files = {
        "greeting.py": "WORD = 'hello'\n",
        f"{about}/METADATA": "Metadata-Version: 2.1\nName: greeting\nVersion: 1\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{about}/RECORD": "greeting.py,,\n",
    }
    path = folder / "greeting-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """A lock that is installed from a folder beside it."""
    digest = wheel(tmp_path)
    path = tmp_path / "requirements.txt"
    path.write_text(
        f"--no-index\n--find-links {tmp_path}\ngreeting==1 \\\n    --hash=sha256:{digest}\n"
    )
    return path


def test_an_environment_holds_what_its_lock_lists_and_is_made_once(
    lock: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    python = environment_of(lock, below=tmp_path / "environments")
    assert python is not None
    said = subprocess.run(
        [str(python), "-c", "import greeting; print(greeting.WORD)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "hello\n"
    assert f"Installing what {lock} lists (once; it takes a moment)" in capfd.readouterr().out
    assert environment_of(lock, below=tmp_path / "environments") == python
    assert capfd.readouterr().out == ""


def test_a_changed_lock_has_another_environment(tmp_path: Path) -> None:
    made = []
    for lock in (tmp_path / "one.txt", tmp_path / "two.txt"):
        lock.write_text(f"# Nothing is needed by {lock.name}.\n")
        made.append(environment_of(lock, below=tmp_path / "environments"))
    assert None not in made
    assert len(set(made)) == 2


def test_a_file_that_is_not_the_locked_one_is_not_installed(
    lock: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = lock.read_text()
    head, digest = text.rstrip().rsplit(":", 1)
    lock.write_text(f"{head}:{digest[::-1]}\n")
    for _attempt in range(2):  # The second finds nothing that the first left.
        assert environment_of(lock, below=tmp_path / "environments") is None
        said = capfd.readouterr()
        assert "DO NOT MATCH THE HASHES" in said.err
        assert f"{lock} can't be installed: see above." in said.out
