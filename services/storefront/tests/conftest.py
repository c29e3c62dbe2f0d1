from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

SERVICE = Path(__file__).parent.parent

Line = dict[str, Any]


class Process:
    """The service as a process of its own, and the log that it writes."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        inherited = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SERVICE)}
        self.popen = subprocess.Popen(
            [sys.executable, *command],
            cwd=SERVICE,
            env=inherited | environment,
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait_for(self, message: str) -> Line:
        """Read the log up to the first line with this message."""
        assert self.popen.stdout is not None
        seen = []
        for text in self.popen.stdout:
            line: Line = json.loads(text)
            if line["message"] == message:
                return line
            seen.append(line)
        pytest.fail(f"the process ended without logging {message!r}: {seen}")

    def rest_of_log(self) -> list[Line]:
        assert self.popen.stdout is not None
        return [json.loads(text) for text in self.popen.stdout]

    def terminate(self) -> None:
        self.popen.send_signal(signal.SIGTERM)

    def interrupt(self) -> None:
        self.popen.send_signal(signal.SIGINT)

    def exit_code(self) -> int:
        return self.popen.wait(timeout=30)


@pytest.fixture
def start() -> Iterator[Callable[..., Process]]:
    """Start `python <command>` with exactly these environment variables on a free port."""
    processes: list[Process] = []

    def start(*command: str, **environment: str) -> Process:
        process = Process(list(command), {"HOST": "127.0.0.1", "PORT": "0"} | environment)
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.popen.kill()
        process.popen.communicate()
