"""The keys here are made up, and of pieces: no file holds one whole."""

import random
import string
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.secret_detection import Finding, KnownFalse, judge

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "secret_detection.py"
LETTERS = random.Random(5)  # noqa: S311 - made up, and the same each time


def access_key() -> str:
    return "AK" + "IA" + "".join(LETTERS.choices(string.ascii_uppercase + "234567", k=16))


def private_key() -> str:
    return "-----BEGIN RSA " + "PRIVATE KEY-----"


def password() -> str:
    return "password = '" + "".join(LETTERS.choices(string.ascii_letters, k=14)) + "'"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text("build/\n")
    (tmp_path / "harmless.py").write_text("answer = 42\n")
    return tmp_path


def look(repository: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), str(repository)], capture_output=True, text=True
    )


@pytest.mark.parametrize(
    ("secret", "kind"),
    [
        (access_key, "AWS Access Key"),
        (private_key, "Private Key"),
        (password, "Secret Keyword"),
    ],
)
def test_a_secret_is_found_before_it_is_committed(
    repository: Path, secret: object, kind: str
) -> None:
    assert callable(secret)
    value = secret()
    (repository / "settings.py").write_text(f"# Settings.\n{value}\n")
    ended = look(repository)
    assert ended.returncode == 1, ended.stderr
    finding, next_step = ended.stdout.splitlines()
    assert finding == f"settings.py:2: {kind}"
    assert "take it out" in next_step
    assert value not in ended.stdout


def test_a_secret_of_a_tracked_file_is_found(repository: Path) -> None:
    (repository / "build").mkdir()
    (repository / "build" / "kept.txt").write_text(f"key: {access_key()}\n")
    subprocess.run(["git", "add", "--force", "build/kept.txt"], cwd=repository, check=True)
    assert look(repository).stdout.startswith("build/kept.txt:1: AWS Access Key\n")


def test_what_git_ignores_is_not_looked_at(repository: Path) -> None:
    (repository / "build").mkdir()
    (repository / "build" / "log.txt").write_text(f"key: {access_key()}\n")
    ended = look(repository)
    assert (ended.returncode, ended.stdout) == (0, "")


def test_a_pragma_lets_pass_what_it_explains(repository: Path) -> None:
    pragma = "pragma: allowlist " + "secret"
    line = f"{password()}  # {pragma}"
    (repository / "example.py").write_text(f"{line}: of the documentation\n")
    ended = look(repository)
    assert (ended.returncode, ended.stdout) == (0, "")
    (repository / "example.py").write_text(f"{line}\n")
    ended = look(repository)
    assert ended.returncode == 1
    assert ended.stdout.startswith("example.py:1: the pragma gives no reason")


def test_what_can_t_be_read_is_not_called_free_of_secrets(repository: Path) -> None:
    (repository / "notes.txt").write_bytes(f"caf\xe9: {access_key()}\n".encode("latin-1"))
    (repository / "picture.png").write_bytes(b"\x89PNG\x00\xff")
    ended = look(repository)
    assert ended.returncode == 1
    assert ended.stdout == "notes.txt: no UTF-8 text, so nothing was looked for: convert it\n"


def test_an_exception_is_for_its_files_and_kinds_and_is_needed() -> None:
    exception = KnownFalse("made/*.json", frozenset({"Secret Keyword"}), because="Made.")
    keyword = Finding("made/one.json", 3, "Secret Keyword")
    assert list(judge([keyword], [exception])) == []
    key = Finding("made/one.json", 3, "AWS Access Key")
    elsewhere = Finding("other/one.json", 3, "Secret Keyword")
    told = list(judge([keyword, key, elsewhere], [exception]))
    assert told[:2] == [str(key), str(elsewhere)]
    (stale,) = judge([], [exception])
    assert "nothing answers to the exception for made/*.json: remove it" in stale


def test_a_folder_without_git_is_not_called_free_of_secrets(tmp_path: Path) -> None:
    ended = look(tmp_path)
    assert ended.returncode == 1
    assert "nothing was looked at" in ended.stdout
