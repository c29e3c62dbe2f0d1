"""Operating: one-off tasks, sessions, numbers of tasks, secrets."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from slipway.cli.options import (
    Environment,
    Json,
    Local,
    Root,
    Service,
    WithCommand,
    Yes,
    chosen,
)

app = typer.Typer()

PANEL = "Operating"


@app.command(cls=WithCommand, rich_help_panel=PANEL)
def run(
    service: Service,
    command: Annotated[
        list[str],
        typer.Argument(metavar="-- COMMAND", help="Program and arguments, instead of its own."),
    ],
    environment: Environment = None,
    local: Local = False,
    root: Root = Path(),
    wanted: Annotated[
        bool, typer.Option("--wanted", help="With what the stack wants, not with what is live.")
    ] = False,
    detach: Annotated[
        bool, typer.Option("--detach", help="Print the task's id and leave it alone.")
    ] = False,
    timeout: Annotated[
        str | None, typer.Option(metavar="TIME", help="Stop it when it runs for longer.")
    ] = None,
    cpu: Annotated[
        int | None, typer.Option(min=1, metavar="UNITS", help="CPU units; 1024 are one vCPU.")
    ] = None,
    memory: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Such as 2GiB, instead of the service's.")
    ] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Run a command as a task of its own, and pass its exit code on."""
    from slipway.cli import release as verbs
    from slipway.cli.consent import given
    from slipway.cli.errors import ExitCode
    from slipway.cli.run import Wishes
    from slipway.cli.run import run as start
    from slipway.cli.usage import UsageError, duration, size
    from slipway.operations.one_off import Size

    if detach and timeout:
        raise UsageError("--timeout is for who waits, --detach is for who doesn't: leave one out")
    wishes = Wishes(
        wanted=wanted,
        detach=detach,
        timeout=duration("--timeout", timeout) if timeout else None,
        size=Size(cpu_units=cpu, memory_mib=size("--memory", memory) if memory else None),
        as_json=as_json,
    )
    name = chosen(environment, local)
    question = f"Run {command[0]} as a task of {service} in {name}?"
    if not given(root.resolve(), service, name, question, yes=yes):
        sys.exit(ExitCode.FAILED)
    sys.exit(start(*verbs.open_target(root.resolve(), service, name), command, wishes))


@app.command("exec", cls=WithCommand, rich_help_panel=PANEL)
def execute(
    service: Service,
    command: Annotated[
        list[str] | None,
        typer.Argument(metavar="-- COMMAND", help="What to run there, instead of a shell."),
    ] = None,
    environment: Environment = None,
    local: Local = False,
    root: Root = Path(),
    task: Annotated[
        str | None, typer.Option(metavar="ID", help="Which task; the beginning is enough.")
    ] = None,
    yes: Yes = False,
) -> None:
    """Open a shell in a task that serves, or run another command there."""
    from slipway.cli import release as verbs
    from slipway.cli.consent import given
    from slipway.cli.errors import ExitCode
    from slipway.cli.exec import SHELL
    from slipway.cli.exec import execute as begin
    from slipway.cli.options import LOCAL

    name = chosen(environment, local)
    question = f"Open a session in a task of {service} in {name}?"
    if not given(root.resolve(), service, name, question, yes=yes):
        sys.exit(ExitCode.FAILED)
    aws, target = verbs.open_target(root.resolve(), service, name)
    sys.exit(begin(aws, target, command or SHELL, task=task, rehearsed=name == LOCAL))


@app.command(rich_help_panel=PANEL)
def scale(
    service: Service,
    environment: Environment = None,
    local: Local = False,
    root: Root = Path(),
    tasks: Annotated[
        int | None, typer.Option(min=0, metavar="NUMBER", help="How many are wanted now.")
    ] = None,
    minimum: Annotated[
        int | None, typer.Option("--min", min=0, metavar="NUMBER", help="Scaling goes no lower.")
    ] = None,
    maximum: Annotated[
        int | None, typer.Option("--max", min=0, metavar="NUMBER", help="Scaling goes no higher.")
    ] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Say how many tasks a service has and may have, and set either."""
    from slipway.cli import release as verbs
    from slipway.cli.consent import given
    from slipway.cli.errors import ExitCode
    from slipway.cli.scale import show

    name = chosen(environment, local)
    changes = (tasks, minimum, maximum) != (None, None, None)
    question = f"Scale {service} in {name}?"
    if changes and not given(root.resolve(), service, name, question, yes=yes):
        sys.exit(ExitCode.FAILED)
    aws, target = verbs.open_target(root.resolve(), service, name)
    sys.exit(show(aws, target, tasks=tasks, minimum=minimum, maximum=maximum, as_json=as_json))


@app.command(rich_help_panel=PANEL)
def secrets(
    service: Service,
    environment: Environment = None,
    local: Local = False,
    root: Root = Path(),
    to_set: Annotated[
        str | None,
        typer.Option("--set", metavar="VARIABLE", help="Ask for a new value, without an echo."),
    ] = None,
    to_generate: Annotated[
        str | None, typer.Option("--generate", metavar="VARIABLE", help="Have a value made up.")
    ] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Say which secrets a service reads, and give one a new value; none is ever shown."""
    from slipway.cli.secrets import show
    from slipway.cli.usage import UsageError

    if to_set and to_generate:
        raise UsageError("--set asks for a value, --generate makes one up: leave one out")
    sys.exit(
        show(
            root.resolve(),
            service,
            chosen(environment, local),
            to_set=to_set,
            to_generate=to_generate,
            yes=yes,
            as_json=as_json,
        )
    )
