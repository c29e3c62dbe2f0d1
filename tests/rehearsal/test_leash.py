"""Real processes: what a leash promises can't be told from a fake."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from slipway import leash
from slipway.leash import Leashed
from waiting import FOR_EVER_SECONDS, PATIENCE_SECONDS, eventually

LONG = timedelta(seconds=PATIENCE_SECONDS)
SLEEP = f"import time; time.sleep({FOR_EVER_SECONDS})"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
WAIT_FOR_FILE = "import os, time\nwhile not os.path.exists(sys.argv[1]): time.sleep(0.01)"

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs prctl(2)")


def python(code: str, *arguments: object) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", code, *map(str, arguments)]


def announcing(file: Path, then: str = SLEEP, *, before: str = "") -> list[str]:
    """A command that writes its process id to a file, completely or not at all."""
    announce = (
        "import os, pathlib, sys; p = pathlib.Path(sys.argv[1]); t = p.with_suffix('.part'); "
        "t.write_text(str(os.getpid())); t.rename(p)"
    )
    return python("\n".join([before, announce, then]), file)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return False  # It may go while it is looked at.
    return stat.rpartition(")")[2].split()[0] != "Z"


def pid_in(file: Path) -> int:
    eventually(file.exists, "a process id")
    return int(file.read_text())


@pytest.fixture
def announced(tmp_path: Path) -> Iterator[Path]:
    """A file for a process id; whatever a failing test leaves running there is ended."""
    yield tmp_path / "pid"
    for file in tmp_path.glob("*pid"):
        if alive(int(file.read_text())):
            os.kill(int(file.read_text()), signal.SIGKILL)


@pytest.mark.parametrize("code", [0, 7])
def test_exit_code_is_the_commands(code: int) -> None:
    with Leashed(python(f"raise SystemExit({code})")) as leashed:
        assert leashed.wait(LONG) == code


def test_a_command_reads_what_it_is_given() -> None:
    reading, writing = os.pipe()
    with Leashed(["cat"], stdin=reading, stdout=subprocess.PIPE) as leashed:
        os.close(reading)
        os.write(writing, b"hello")
        os.close(writing)
        assert leashed.stdout is not None
        assert leashed.stdout.read() == b"hello"
        assert leashed.wait(LONG) == 0


def test_without_input_a_command_reads_nothing() -> None:
    with Leashed(["cat"]) as leashed:
        assert leashed.wait(LONG) == 0


def test_a_writer_notices_that_the_command_reads_no_more() -> None:
    reading, writing = os.pipe()
    with Leashed(["true"], stdin=reading) as leashed:
        os.close(reading)
        assert leashed.wait(LONG) == 0
        with pytest.raises(BrokenPipeError):
            os.write(writing, b"too late")
    os.close(writing)


def test_a_terminal_becomes_the_command_s_own() -> None:
    ours, its = os.openpty()
    with Leashed(
        python(f"print(open('/dev/tty').isatty(), flush=True); {SLEEP}"),
        stdin=its,
        stdout=its,
        stderr=its,
        terminal=True,
    ) as leashed:
        os.close(its)
        assert os.read(ours, 100) == b"True\r\n"
        os.write(ours, b"\x03")
        assert leashed.wait(LONG) == 128 + signal.SIGINT
    os.close(ours)


def test_exit_code_of_a_killed_command_is_as_in_a_shell() -> None:
    with Leashed(python("import os; os.kill(os.getpid(), 9)")) as leashed:
        assert leashed.wait(LONG) == 128 + signal.SIGKILL


def test_unknown_command_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    with Leashed(["no-such-command"]) as leashed:
        assert leashed.wait(LONG) == 127
    assert capfd.readouterr().err == "leash: no-such-command: no such command or directory\n"


def test_output_comes_through_and_input_is_empty() -> None:
    with Leashed(python("print(repr(input.__self__ and open(0).read()))"), stdout=-1) as leashed:
        assert leashed.stdout is not None
        assert leashed.stdout.read().decode().strip() == "''"


def test_stop_ends_the_command_with_sigterm(announced: Path) -> None:
    with Leashed(announcing(announced)) as leashed:
        command = pid_in(announced)
        assert leashed.poll() is None
        assert leashed.stop() == 128 + signal.SIGTERM
    assert not alive(command)


def test_command_that_ignores_sigterm_is_killed_after_the_grace(announced: Path) -> None:
    with Leashed(announcing(announced, before=DEAF), grace=timedelta(milliseconds=50)) as leashed:
        command = pid_in(announced)
        assert leashed.stop() == 128 + signal.SIGKILL
    assert not alive(command)


def test_command_may_use_its_grace_to_clean_up(announced: Path) -> None:
    clean_up = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(5))"
    with Leashed(announcing(announced, before=clean_up)) as leashed:
        pid_in(announced)
        assert leashed.stop() == 5


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_to_the_leash_reach_the_commands_group(announced: Path, number: int) -> None:
    # A terminal's Ctrl-C reaches owner and leash, but not the command: it has its own session.
    with Leashed(
        announcing(announced, before=f"import signal; signal.signal({int(number)}, signal.SIG_DFL)")
    ) as leashed:
        command = pid_in(announced)
        os.kill(leashed.pid, number)
        leashed.wait(LONG)
    assert not alive(command)


def test_command_has_a_process_group_of_its_own(announced: Path) -> None:
    with Leashed(announcing(announced)):
        command = pid_in(announced)
        assert os.getpgid(command) == command != os.getpgid(0)


@linux
def test_killed_leash_takes_the_command_along(announced: Path) -> None:
    with Leashed(announcing(announced)) as leashed:
        command = pid_in(announced)
        os.kill(leashed.pid, signal.SIGKILL)
        eventually(lambda: not alive(command), "the end of the command")


def test_killed_owner_takes_leash_and_command_along(announced: Path) -> None:
    owner = subprocess.Popen(
        [
            *(sys.executable, "-c"),
            "import sys; from slipway.leash import Leashed\n"
            "with Leashed(sys.argv[1:]) as leashed: print(leashed.pid, flush=True); leashed.wait()",
            *announcing(announced),
        ],
        stdout=subprocess.PIPE,
    )
    with owner:
        assert owner.stdout is not None
        leash_pid = int(owner.stdout.readline())
        command = pid_in(announced)
        owner.kill()
    eventually(lambda: not alive(command), "the end of the command")
    eventually(lambda: not alive(leash_pid), "the end of the leash")


def test_nothing_outlives_a_command_that_ends_by_itself(announced: Path) -> None:
    leave_behind = f"import subprocess, sys; subprocess.Popen(sys.argv[2:])\n{WAIT_FOR_FILE}"
    command = python(leave_behind, announced, *announcing(announced, before=DEAF))
    with Leashed(command) as leashed:
        assert leashed.wait(LONG) == 0
    assert not alive(pid_in(announced))


@linux
def test_nothing_outlives_the_leash_even_in_a_session_of_its_own(announced: Path) -> None:
    leave_behind = (
        "import subprocess, sys; subprocess.Popen(sys.argv[2:], start_new_session=True)\n"
        + WAIT_FOR_FILE
    )
    command = python(leave_behind, announced, *announcing(announced, before=DEAF))
    with Leashed(command) as leashed:
        assert leashed.wait(LONG) == 0
    assert not alive(pid_in(announced))


@linux
def test_leash_on_a_leash_leaves_nothing_behind(announced: Path) -> None:
    inner = [sys.executable, leash.__file__, "--grace", "30", "--"]
    holding = "import subprocess as s, sys; s.Popen(sys.argv[1:], stdin=s.PIPE).wait()"
    deaf = announcing(announced, before=DEAF)
    with Leashed(python(holding, *inner, *deaf), grace=timedelta(milliseconds=50)) as leashed:
        command = pid_in(announced)
        leashed.stop()
    assert not alive(command)


def test_orphan_stops_itself(announced: Path) -> None:
    orphan = (
        "import os, sys; sys.path.insert(0, sys.argv[2]); from slipway import leash; "
        "from datetime import timedelta; "
        f"leash.stop_when_orphaned(int(sys.argv[3]), timedelta(milliseconds=10)); {SLEEP}"
    )
    root = Path(leash.__file__).parents[1]
    start = (
        f"import os, subprocess, sys; subprocess.Popen([*sys.argv[1:], str(os.getpid())]); {SLEEP}"
    )
    parent = subprocess.Popen(python(start, *announcing(announced, orphan), root))
    with parent:
        process = pid_in(announced)
        assert alive(process)
        parent.kill()
    eventually(lambda: not alive(process), "the end of the orphan")
