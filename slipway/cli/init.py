"""``slipway init``: a new service or environment, asked for and written with its comments."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import typer

from slipway.cli.usage import UsageError
from slipway.settings import Settings, SettingsError, load
from slipway.settings.errors import RuleError
from slipway.settings.model import validate_name
from slipway.starter import NewEnvironment, NewService
from slipway.starter.environment import free_block

Answer = TypeVar("Answer", str, int, bool)


class Questions:
    """Asks what the command line leaves open; where nobody can answer, takes the defaults.

    Parameters
    ----------
    ask
        Whether somebody sits there who can answer.
    """

    def __init__(self, *, ask: bool) -> None:
        self._ask = ask

    @classmethod
    def of_this_terminal(cls, *, yes: bool) -> Questions:
        """Ask where standard input is a terminal, and nobody said yes to all of it."""
        return cls(ask=sys.stdin.isatty() and not yes)

    def text(self, question: str, given: Answer | None, default: Answer) -> Answer:
        """Return what was given, or the answer to a question."""
        if given is not None:
            return given
        if not self._ask:
            return default
        if isinstance(default, bool):
            return type(default)(typer.confirm(question, default=default, err=True))
        answer: Answer = typer.prompt(question, default=default, type=type(default), err=True)
        return answer

    def required(self, question: str, given: str | None, option: str) -> str:
        """Return what was given, or the answer to a question that has no default.

        Raises
        ------
        UsageError
            Nobody can be asked.
        """
        if given is not None:
            return given
        if not self._ask:
            raise UsageError(f"{question}? Nobody can be asked here: say {option}")
        answer: str = typer.prompt(question, err=True)
        return answer


def service(
    root: Path,
    name: str | None,
    *,
    port: int | None,
    cpu: int | None,
    memory: str | None,
    public: bool | None,
    questions: Questions,
) -> int:
    """Write a new service's folder, or the settings that a folder with a Dockerfile lacks.

    Raises
    ------
    UsageError
        The name won't do, or there is such a service already.
    SettingsError
        What was answered is wrong; nothing is left behind.
    """
    named = _name(questions.required("The service's name", name, "its name"))
    folder = root / "services" / named
    if (folder / "service.yaml").exists():
        raise UsageError(f"services/{named}/service.yaml is there already: change that one")
    if (root / "slipway.yaml").exists() and not (folder / "Dockerfile").exists():
        # Whatever is wrong with the others is told before anything is asked.
        load(root)
    has_container = (folder / "Dockerfile").exists()
    answers = NewService(
        name=named,
        port=questions.text("The port where the container listens", port, 8080),
        cpu=questions.text("CPU units (1024 are one vCPU)", cpu, 256),
        memory=questions.text("Memory", memory, "512MiB"),
        public=questions.text("Is it reached from the internet", public, False),
        example=not has_container,
    )
    _write(root, folder, answers.files())
    print(f"services/{named}: {', '.join(sorted(answers.files()))}")
    said = "its Dockerfile stays as it is" if has_container else "it says hello"
    print(
        f"services/{named} is a service ({said}). Next: slipway deploy --local, beside make "
        "rehearse-keep",
        file=sys.stderr,
    )
    return 0


def environment(
    root: Path,
    name: str | None,
    *,
    account: str | None,
    region: str | None,
    cidr: str | None,
    nat: str | None,
    production: bool | None,
    questions: Questions,
) -> int:
    """Write a new environment's file.

    Raises
    ------
    UsageError
        The name won't do, there is such an environment already, or nobody can be asked.
    SettingsError
        What was answered is wrong; nothing is left behind.
    """
    settings = load(root)
    named = _name(questions.required("The environment's name", name, "its name"))
    file = root / "environments" / f"{named}.yaml"
    if file.exists():
        raise UsageError(f"environments/{named}.yaml is there already: change that one")
    is_production = questions.text("Does it run production", production, False)
    answers = NewEnvironment(
        name=named,
        account=questions.required("The AWS account, twelve digits", account, "--account"),
        region=questions.text("The region", region, settings.application.tooling.region),
        cidr=questions.text("The network's addresses", cidr, free_block(_networks(settings))),
        nat=questions.text(
            "NAT gateways: none, single or per-zone", nat, "per-zone" if is_production else "single"
        ),
        plain_http=questions.text(
            "Why it has no TLS yet (until it has a domain)",
            None,
            "It has no domain yet, and nothing of value passes through it.",
        ),
        production=is_production,
    )
    _write(root, file.parent, {file.name: answers.text})
    print(f"environments/{named}.yaml")
    print(
        f"Next: look through environments/{named}.yaml, run make synth, and slipway doctor {named}",
        file=sys.stderr,
    )
    return 0


def _name(name: str) -> str:
    try:
        return validate_name(name)
    except RuleError as error:
        raise UsageError(f"The name {error}") from error


def _networks(settings: Settings) -> Iterator[str]:
    return (each.network.cidr for each in settings.environments.values())


def _write(root: Path, folder: Path, files: Mapping[str, str]) -> None:
    """Write files, and take them away again where the settings are wrong with them."""
    written: list[Path] = []
    made = _missing_folders(folder)
    try:
        for name, text in files.items():
            file = folder / name
            if file.exists():
                continue
            made += _missing_folders(file.parent)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            written.append(file)
        load(root)
    except (SettingsError, OSError, KeyboardInterrupt):
        for file in written:
            file.unlink()
        for each in sorted(set(made), key=lambda each: -len(each.parts)):
            with contextlib.suppress(OSError):
                each.rmdir()
        raise


def _missing_folders(folder: Path) -> list[Path]:
    """Name a folder and those above it that are not there, the innermost first."""
    return [each for each in (folder, *folder.parents) if not each.exists()]
