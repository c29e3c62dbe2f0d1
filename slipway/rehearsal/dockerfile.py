"""What the rehearsal needs to know of a Dockerfile: its command and variables."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from pathlib import Path

from slipway.dockerfile import instructions
from slipway.rehearsal.errors import RehearsalError


@dataclass(frozen=True)
class Dockerfile:
    """The last stage of a Dockerfile: what a container of the image runs."""

    command: tuple[str, ...]
    environment: dict[str, str]
    """The stage's ENV without PATH, which belongs to the container's own file system."""

    @classmethod
    def read(cls, file: Path) -> Dockerfile:
        """Read CMD and ENV.

        Raises
        ------
        RehearsalError
            The file is missing, its CMD is not in exec form, or a variable refers to another one.
        """
        command: tuple[str, ...] | None = None
        environment: dict[str, str] = {}
        for line, instruction, rest in instructions(_text(file)):
            place = f"{file.parent.name}/{file.name}:{line}"
            if instruction == "FROM":
                command, environment = None, {}
            elif instruction == "CMD":
                command = _exec_form(rest, place)
            elif instruction == "ENV":
                environment |= _variables(rest, place)
        if command is None:
            raise RehearsalError(
                f'{file.parent.name}/{file.name}: the last stage has no CMD: add CMD ["python", …]'
            )
        return cls(command, environment)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise RehearsalError(
            f"{file.parent.name}/{file.name}: not found: every service needs a Dockerfile"
        ) from error


def _exec_form(text: str, place: str) -> tuple[str, ...]:
    try:
        words = json.loads(text)
    except ValueError:
        words = None
    if not isinstance(words, list) or not words or not all(isinstance(w, str) for w in words):
        # A shell in front of the process would swallow the SIGTERM that ECS sends.
        raise RehearsalError(
            f'{place}: CMD must be in exec form, CMD ["python", "-m", …], found: {text}'
        )
    return tuple(words)


def _variables(text: str, place: str) -> dict[str, str]:
    words = shlex.split(text)
    if "=" not in words[0]:  # The form of old: ENV NAME the value.
        words = [f"{words[0]}={text.partition(' ')[2].strip()}"]
    variables = dict(word.split("=", 1) for word in words)
    variables.pop("PATH", None)
    for name, value in variables.items():
        if "$" in value:
            raise RehearsalError(f"{place}: ENV {name} refers to a variable: write its value out")
    return variables
