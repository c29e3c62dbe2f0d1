"""Write docs/reference/command-line.md from the command line's own tree of verbs and options."""

import ast
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from slipway.cli import errors
from slipway.cli.main import app
from slipway.cli.schemas import OUTPUTS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "command-line.md"

HEAD = """\
# The command line

Every verb with its arguments and options, as `slipway --help` has them. The page is written by
`.venv/bin/python scripts/command_reference.py`; `make test` fails where it is stale.
[commands.md](commands.md) tells what the verbs do, and [the rehearsal](../concepts/rehearsal.md)
what they do with `--local`.

A verb about an environment takes it as its argument: `slipway diff dev`. A verb about a service
takes the service, and `-e` says where: `slipway status storefront -e dev`. `--local` stands for the
environment `local`, the rehearsal that is kept.

What a person follows is on standard error, what a program may want on standard output. With
`--json` that is one document, of `logs` one a line; its schema is linked below, and
`slipway schema VERB` prints it.

`slipway --version` prints the version. `slipway --install-completion` has your shell complete
verbs, options, and the names of the environments and services in the folder where you are;
`slipway --show-completion` prints what that installs. bash and zsh then complete
`.venv/bin/slipway`, too; fish wants `slipway` itself on its path.
"""

_CODES = """\
## Exit codes

The same for every verb; `exec` and `run` pass on the code of the command that they ran.

| code | means |
|---|---|
"""

_KINDS = {str: "TEXT", int: "NUMBER", float: "NUMBER", Path: "PATH"}

Command = Any  # Typer brings a Click of its own, which has no public types.
Parameter = Any


def main() -> int:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    return 0


def page() -> str:
    """Return the page as it is to be."""
    panels: dict[str, list[Command]] = {}
    for command in typer.main.get_command(app).commands.values():  # type: ignore[attr-defined]
        panels.setdefault(command.rich_help_panel, []).append(command)
    parts = [HEAD, _exit_codes()]
    for panel, commands in panels.items():
        parts.append(f"## {panel}\n")
        parts += [_section(each, name) for verb in commands for name, each in _leaves(verb)]
    return "\n".join(parts)


def _leaves(command: Command, before: str = "slipway") -> Iterator[tuple[str, Command]]:
    """Yield a verb, or those in it, each with all that one types."""
    name = f"{before} {command.name}"
    if not hasattr(command, "commands"):
        yield name, command
        return
    for each in command.commands.values():
        yield from _leaves(each, name)


def _section(command: Command, name: str) -> str:
    shown = [each for each in command.params if not each.hidden]
    arguments = [each for each in shown if each.param_type_name == "argument"]
    options = [each for each in shown if each.param_type_name == "option"]
    words = [name, *(["[OPTIONS]"] if options else [])]
    words += [_name(each) if each.required else f"[{_name(each)}]" for each in arguments]
    parts = [
        f"### `{name}`\n",
        f"{_cell(inspect.cleandoc(command.help))}\n",
        f"`{' '.join(words)}`\n",
    ]
    if shown:
        parts += ["| | | default |", "|---|---|---|", *map(_row, [*arguments, *options]), ""]
    if command.name in OUTPUTS:
        parts.append(
            f"The schema of its `--json` is [{command.name}.json](schemas/{command.name}.json).\n"
        )
    return "\n".join(parts)


def _row(parameter: Parameter) -> str:
    if parameter.param_type_name == "argument":
        named = f"`{_name(parameter)}`"
    else:
        value = "" if parameter.is_flag else f" {_name(parameter)}"
        options = [*parameter.opts, *parameter.secondary_opts]
        named = ", ".join(f"`{option}{value}`" for option in options)
    default = "required" if parameter.required else _default(parameter)
    return f"| {named} | {_cell(parameter.help or '')} | {default} |"


def _name(parameter: Parameter) -> str:
    """Say what stands for the value of a parameter, as its help does."""
    if parameter.metavar:
        name = str(parameter.metavar)
    elif parameter.param_type_name == "argument":
        name = str(parameter.name).upper()
    else:
        name = _KINDS.get(parameter.type_descriptor.annotation, "VALUE")
    return f"{name}…" if parameter.nargs == -1 else name


def _default(parameter: Parameter) -> str:
    default = parameter.default
    if default is None or isinstance(default, bool) or callable(default):
        return ""
    return f"`{default}`"


def _cell(text: str) -> str:
    """Write text so that neither a table nor HTML begins in it."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _exit_codes() -> str:
    rows = "".join(f"| {code} | {says} |\n" for code, says in exit_codes())
    return f"{_CODES}{rows}| 128 + n | ended by signal n, as 130 by Ctrl-C |\n"


def exit_codes() -> Iterator[tuple[int, str]]:
    """Give each exit code with what it says of itself: a text under it, or else its name."""
    (kind,) = ast.parse(inspect.getsource(errors.ExitCode)).body
    assert isinstance(kind, ast.ClassDef)  # noqa: S101 - for the type checker
    body = kind.body
    for statement, following in zip(body, [*body[1:], None], strict=True):
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            code = errors.ExitCode[statement.targets[0].id]
            text = code.name.capitalize() + "."
            if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
                text = " ".join(str(following.value.value).split())
            yield int(code), text


if __name__ == "__main__":
    sys.exit(main())
