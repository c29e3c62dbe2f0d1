"""Setting up: accounts and what they need."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from slipway.cli.choices import Nat, listed
from slipway.cli.options import (
    EnvironmentName,
    Json,
    Local,
    OfEnvironment,
    Root,
    chosen_if_any,
)

app = typer.Typer()

PANEL = "Setting up"

init = typer.Typer(
    help="Write a new service or environment, with its comments.", no_args_is_help=True
)
app.add_typer(init, name="init", rich_help_panel=PANEL)


@init.command()
def service(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Its folder under services/.")
    ] = None,
    root: Root = Path(),
    port: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="Where the container listens.")
    ] = None,
    cpu: Annotated[
        int | None, typer.Option(metavar="UNITS", help="CPU units; 1024 are one vCPU.")
    ] = None,
    memory: Annotated[str | None, typer.Option(metavar="SIZE", help="Such as 512MiB.")] = None,
    public: Annotated[bool | None, typer.Option(help="Reached from the internet, or not.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,
) -> None:
    """Write a service: service.yaml, and a container that says hello if there is none yet."""
    from slipway.cli import init as starting

    questions = starting.Questions.of_this_terminal(yes=yes)
    sys.exit(
        starting.service(
            root.resolve(),
            name,
            port=port,
            cpu=cpu,
            memory=memory,
            public=public,
            questions=questions,
        )
    )


@init.command()
def environment(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Its file, without .yaml.")
    ] = None,
    root: Root = Path(),
    account: Annotated[
        str | None, typer.Option(metavar="ID", help="The AWS account, twelve digits.")
    ] = None,
    region: Annotated[str | None, typer.Option(metavar="REGION", help="Such as eu-west-1.")] = None,
    cidr: Annotated[
        str | None, typer.Option(metavar="CIDR", help="The network's IPv4 addresses.")
    ] = None,
    nat: Annotated[
        Nat | None, typer.Option(metavar="NAT", help=f"NAT gateways: {listed(Nat)}.")
    ] = None,
    production: Annotated[
        bool | None, typer.Option(help="Releases need approval, and data stays; or not.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,
) -> None:
    """Write environments/<name>.yaml."""
    from slipway.cli import init as starting

    questions = starting.Questions.of_this_terminal(yes=yes)
    sys.exit(
        starting.environment(
            root.resolve(),
            name,
            account=account,
            region=region,
            cidr=cidr,
            nat=nat,
            production=production,
            questions=questions,
        )
    )


@app.command(cls=OfEnvironment, rich_help_panel=PANEL)
def doctor(
    environment: EnvironmentName = None,
    local: Local = False,
    tooling: Annotated[
        bool, typer.Option("--tooling", help="The account of the pipeline and the registry.")
    ] = False,
    root: Root = Path(),
    as_json: Json = False,
) -> None:
    """Say what an account and this machine lack, and how to mend it; change nothing."""
    from slipway.cli.doctor import doctor as run

    name = chosen_if_any(environment, local)
    sys.exit(run(root.resolve(), name, tooling=tooling, as_json=as_json))


@app.command(cls=OfEnvironment, rich_help_panel=PANEL)
def bootstrap(
    environment: EnvironmentName = None,
    tooling: Annotated[
        bool, typer.Option("--tooling", help="The account of the pipeline and the registry.")
    ] = False,
    root: Root = Path(),
    execution_policy: Annotated[
        list[str] | None,
        typer.Option(metavar="ARN", help="What CloudFormation may do, instead of everything."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the commands and run none.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,
) -> None:
    """Make an account ready for the pipeline, once: with that account's credentials."""
    from slipway.cli import bootstrap as preparing

    sys.exit(
        preparing.bootstrap(
            root.resolve(),
            environment,
            tooling=tooling,
            policies=execution_policy or (),
            dry_run=dry_run,
            yes=yes,
        )
    )
