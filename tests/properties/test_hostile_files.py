"""Files that nobody wrote as settings end in a line as well: soon, and in little memory."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from strategies import wrong_text
from strategies.applications import write
from told import fault_in

from slipway.settings import SettingsError, load
from slipway.settings.lock import check_entries

LOADER = Path(__file__).with_name("load_in_little_memory.py")

FILES = {
    "slipway.yaml": """\
application: shop
owner: platform
cost_centre: shop
tooling: { account: "111111111111", region: eu-west-1 }
""",
    "environments/dev.yaml": """\
account: "012345678901"
region: eu-west-1
availability_zones: [eu-west-1a, eu-west-1b]
network: { cidr: 10.0.0.0/16 }
capacity: { ec2: { instance_types: [m6i.large] } }
plain_http: Nobody outside the office reaches it.
""",
    "environments/dev.lock.yaml": "services: {}\n",
    "services/web/service.yaml": """\
port: 8080
cpu: 256
memory: 512MiB
deployment: { checks: { AfterInstall: [{ python: { function: looks } }] } }
""",
    "services/web/checks.py": "def looks(green):\n    pass\n",
}

# What YAML is made of, so that random text gets past its first line.
_TOKENS = [
    *"abc:-?[]{},&*!|>'\"%@`#~.0 \n\t\\",
    *("\n  ", ": ", "- ", "&a ", "*a", "!!int ", "<<", "---", "\n...\n", "|\n  ", "{{", "\r\n"),
    *("port", "environment: ", "tags: ", "0x", "1e9", "null", "é", "\U0001f600", "\u2028"),
    *("\\u12", "\ufeff", "\x85", "\x00", "\x1b[31m"),
]  # fmt: skip
_SOUP = st.lists(st.sampled_from(_TOKENS), max_size=40).map("".join)


def test_whatever_a_file_says_it_is_read_or_told(exploration: Any, tmp_path: Path) -> None:
    def check(file: str, text: str | bytes, after: bool) -> None:
        content = text if isinstance(text, bytes) else text.encode()
        files: dict[str, str | bytes] = FILES | {
            file: (FILES[file].encode() if after else b"") + content
        }
        with exploration.folder(tmp_path) as root:
            try:
                check_entries(load(write(files, root)), "dev")
            except SettingsError as error:
                assert fault_in(error.lines) is None, fault_in(error.lines)
        exploration.counts["texts"] += 1

    texts = st.one_of(
        _SOUP,
        st.text(st.characters(codec="utf-8"), max_size=40),
        st.binary(max_size=40),
    )
    exploration.each(
        exploration.examples.texts, check, st.sampled_from(sorted(FILES)), texts, st.booleans()
    )


def _large(path: Path) -> None:
    """A file of a gigabyte, which takes no room on the disk."""
    with path.open("wb") as stream:
        stream.truncate(1 << 30)


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def _says(text: str) -> Callable[[Path], None]:
    return lambda path: path.write_text(text) and None


def _line_of(count: int, template: str) -> str:
    return ", ".join(template.format(number) for number in range(count))


# Each was found to hang, to fill the memory, or to take minutes; or could.
HOSTILE: dict[str, tuple[str, Callable[[Path], None]]] = {
    **{
        f"{kind} in {file}": (file, lambda path, break_=break_: _broken(path, break_))
        for kind, break_ in wrong_text.KINDS.items()
        for file in ("environments/dev.yaml", "environments/dev.lock.yaml")
    },
    **{
        f"a {kind.__name__.strip('_')} for {file}": (file, kind)
        for file in FILES
        for kind in (_large, _pipe, _device)
    },
    "own checks nested deep": ("services/web/checks.py", _says("-" * 100_000 + "1\n")),
    "names by the thousand": (
        "services/web/service.yaml",
        _says(f"calls: [{_line_of(19_000, 'a{}')}, a0]\nport: 80\ncpu: 256\nmemory: 512MiB\n"),
    ),
    "overrides by the thousand": (
        "services/web/service.yaml",
        _says(f"environments: {{{_line_of(9_000, 'e{}: {{}}')}}}\n"),
    ),
    "long names by the thousand": (
        "services/web/service.yaml",
        _says(f"calls: [&a {'x' * 500_000}, {_line_of(9_000, '*a')}]\n"),
    ),
}


def _broken(path: Path, break_: Callable[[str], str | bytes]) -> None:
    text = break_(path.read_text())
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def test_hostile_files_are_told_soon_and_in_little_memory(tmp_path: Path) -> None:
    for number, (file, spoil) in enumerate(HOSTILE.values()):
        spoil(write(FILES, tmp_path / str(number)) / file)
    ended = subprocess.run(
        [sys.executable, str(LOADER), *(str(tmp_path / str(n)) for n in range(len(HOSTILE)))],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    reports = ended.stdout.split("\f")[:-1]
    for kind, report in zip(HOSTILE, reports, strict=False):
        assert fault_in(report.splitlines()) is None, f"{kind}: {fault_in(report.splitlines())}"
    assert len(reports) == len(HOSTILE), (
        f"{list(HOSTILE)[len(reports)]} ended the process: {ended.returncode} {ended.stderr[-500:]}"
    )


def test_what_is_hostile_is_right_before_it_is_spoilt(tmp_path: Path) -> None:
    assert load(write(FILES, tmp_path)).services("dev").keys() == {"web"}
