"""A terminal that remembers what it showed: for programs that redraw what they wrote."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import struct
import subprocess
import termios
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from waiting import PATIENCE_SECONDS

# What ends a piece of plain text: a control sequence, or a control character.
_PIECES = re.compile(r"\x1b\[([?\d;]*)([A-Za-z])|([\r\n])|([^\x1b\r\n]+)")
# A control sequence that isn't here as a whole yet.
_PART = re.compile(r"\x1b(\[[?\d;]*)?\Z")


class Screen:
    """The lines that a person sees, those that scrolled away included."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._lines = [""]
        self._row = self._column = 0
        self._rest = ""

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._lines)

    def feed(self, text: str) -> None:
        text = self._rest + text
        part = _PART.search(text)
        self._rest = part.group() if part else ""
        for piece in _PIECES.finditer(text.removesuffix(self._rest)):
            arguments, command, control, plain = piece.groups()
            if command:
                self._command(command, arguments)
            elif control == "\r":
                self._column = 0
            elif control:
                self._row += 1
                self._lines += [""] * (self._row + 1 - len(self._lines))
            else:
                self._write(plain)

    def _command(self, command: str, arguments: str) -> None:
        count = int(arguments) if arguments.isdigit() else 1
        if command == "A":
            self._row = max(0, self._row - count)
        elif command == "B":
            self._row += count
        elif command == "K":
            kept = "" if arguments == "2" else self._lines[self._row][: self._column]
            self._lines[self._row] = kept
        else:
            assert command in "mhl", f"the terminal was asked for {command}"

    def _write(self, text: str) -> None:
        """Write from the cursor on, and over what stands there; what is too long is wrapped."""
        while text:
            if self._column == self._columns:
                self._row, self._column = self._row + 1, 0
                self._lines += [""] * (self._row + 1 - len(self._lines))
            room = self._columns - self._column
            part, text = text[:room], text[room:]
            line = self._lines[self._row].ljust(self._column)
            self._lines[self._row] = line[: self._column] + part + line[self._column + len(part) :]
            self._column += len(part)


class Terminal:
    """Runs a program in a terminal of 24 rows, and reads until it ends.

    Attributes
    ----------
    frames
        What the screen showed, after each time that the program wrote.
    raw
        All that it wrote to the terminal.
    """

    def __init__(self, columns: int = 80) -> None:
        self._columns = columns
        self.frames: list[str] = []
        self.raw = ""

    def run(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        look: Callable[[str, subprocess.Popen[str]], None] = lambda _, __: None,
    ) -> tuple[int, str]:
        """Return its exit code, and what it wrote to its standard output, which is no terminal.

        Parameters
        ----------
        look
            Gets each frame and the process.
        """
        ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, self._columns, 0, 0))
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**env, "TERM": "xterm-256color", "LANG": "C.UTF-8"},
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=theirs,
            text=True,
        )
        os.close(theirs)
        screen = Screen(self._columns)
        waiting = b""
        try:
            # The end of a terminal is an error on Linux.
            with contextlib.suppress(OSError):
                while read := os.read(ours, 65536):
                    waiting += read
                    text = waiting.decode("utf-8", errors="ignore")
                    waiting = waiting[len(text.encode()) :]
                    self.raw += text
                    screen.feed(text)
                    self.frames.append(screen.text)
                    look(screen.text, process)
            output, _ = process.communicate(timeout=PATIENCE_SECONDS)
        finally:
            process.kill()
            os.close(ours)
        return process.returncode, output

    @property
    def last(self) -> str:
        """What stays on the screen, and above it."""
        return self.frames[-1]
