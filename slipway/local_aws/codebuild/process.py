"""One shell for all commands of a build: variables, functions and the directory live on.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html#build-spec-ref-versions
"""

from __future__ import annotations

import os
import select
import shutil
import subprocess
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

from slipway.leash import Leashed

# What the shell runs itself: it reads the path of a file with a command, lets the command do what
# it does to the shell, writes down how the environment is then, and answers the exit code. The
# descriptors are closed for the command, so that nothing which it leaves behind holds them.
_SESSION = """\
exec 8<"$1" 9>"$2"
_session=$3
set --
_save() { /usr/bin/env -0 >"$_session/environment"; pwd >"$_session/directory"; }
trap _save EXIT
while IFS= read -r _command <&8; do
  . "$_command" 8<&- 9>&-
  _status=$?
  _save
  echo "$_status" >&9
done
"""

_POLLING_SECONDS = 0.1
_GRACE = timedelta(seconds=3)
# A pipe holds no more than this: one piece is all that was printed before an answer.
_CHUNK = 1 << 16


class Shell:
    """Runs commands one after the other, on a leash.

    A command may end the shell itself (``exit``, ``set -e``, a mistake in the syntax). Its exit
    code is then the shell's, and the next command finds another shell with the same environment
    and directory; variables that weren't exported and functions are gone.

    Parameters
    ----------
    program
        ``/bin/sh`` or another shell of that language.
    folder
        An empty folder of the session's own.
    output
        Gets what the commands print, standard error included, piece by piece.
    interrupted
        Is called several times a second while a command runs; what it raises ends the session.
    """

    def __init__(
        self,
        program: str,
        *,
        folder: Path,
        directory: Path,
        environment: Mapping[str, str],
        output: Callable[[bytes], None],
        interrupted: Callable[[], None],
    ) -> None:
        self._program = shutil.which(program, path=environment.get("PATH")) or program
        self._folder = folder
        self._start = directory
        self._output = output
        self._interrupted = interrupted
        self._environment = dict(environment)
        self._process: Leashed | None = None
        self._commands = self._answers = -1
        self._sessions = self._steps = 0

    def run(self, command: str) -> int:
        """Run a command and return its exit code.

        Raises
        ------
        Exception
            Whatever `interrupted` raises; every process of the session is then gone.
        """
        process = self._process or self._open()
        self._steps += 1
        step = self._folder / f"command-{self._steps}"
        step.write_text(f"{command}\n", encoding="utf-8")
        os.write(self._commands, f"{step}\n".encode())
        try:
            return self._wait(process)
        except BaseException:
            self.close()
            raise

    def environment(self) -> dict[str, str]:
        """Return the exported variables as the latest command left them."""
        saved = self._saved("environment")
        entries = (entry.partition(b"=") for entry in saved.split(b"\0") if entry)
        return {os.fsdecode(name): os.fsdecode(value) for name, _, value in entries} or dict(
            self._environment
        )

    def close(self) -> None:
        """End every process of the session: SIGTERM, and SIGKILL for what still runs then."""
        process, self._process = self._process, None
        if process is None:
            return
        process.stop()
        self._read_output(process)
        assert process.stdout is not None  # noqa: S101 - it was asked for as a pipe
        process.stdout.close()
        os.close(self._commands)
        os.close(self._answers)

    def _open(self) -> Leashed:
        self._sessions += 1
        ways = [self._folder / f"{name}-{self._sessions}" for name in ("commands", "answers")]
        for way in ways:
            os.mkfifo(way, 0o600)
        # For reading and writing: opening must not wait for a shell that may never come.
        self._commands, self._answers = (os.open(way, os.O_RDWR | os.O_NONBLOCK) for way in ways)
        environment, directory = self.environment(), self._directory()
        self._process = Leashed(
            [self._program, "-c", _SESSION, self._program, *ways, self._folder],
            grace=_GRACE,
            cwd=directory,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert self._process.stdout is not None  # noqa: S101 - it was asked for as a pipe
        os.set_blocking(self._process.stdout.fileno(), False)
        return self._process

    def _wait(self, process: Leashed) -> int:
        assert process.stdout is not None  # noqa: S101 - it was asked for as a pipe
        output, answer = process.stdout.fileno(), b""
        awaited = [self._answers, output]
        while True:
            ready, _, _ = select.select(awaited, [], [], _POLLING_SECONDS)
            if output in ready and not self._read_output(process):
                awaited.remove(output)
            if self._answers in ready:
                answer += os.read(self._answers, _CHUNK)
            if answer.endswith(b"\n"):
                # All that the command itself has printed is in the pipe by now.
                self._read_output(process)
                return int(answer)
            code = process.poll()
            if code is not None:
                self.close()
                return code
            self._interrupted()

    def _read_output(self, process: Leashed) -> bool:
        """Pass on what has been printed; return whether more can come."""
        assert process.stdout is not None  # noqa: S101 - it was asked for as a pipe
        try:
            chunk = os.read(process.stdout.fileno(), _CHUNK)
        except BlockingIOError:
            return True
        self._output(chunk)
        return bool(chunk)

    def _directory(self) -> Path:
        saved = Path(os.fsdecode(self._saved("directory").removesuffix(b"\n")))
        return saved if saved.is_absolute() and saved.is_dir() else self._start

    def _saved(self, name: str) -> bytes:
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return b""
