"""``slipway secrets``: which there are, and new values, which no screen ever shows."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

from slipway.cli import output
from slipway.cli.account import open_clients
from slipway.cli.commands import commands_in
from slipway.cli.consent import confirmed
from slipway.cli.errors import ExitCode
from slipway.cli.service import find_service
from slipway.cli.usage import UsageError
from slipway.operations.secrets import Secret, Source, generate, look, put
from slipway.release import Commands
from slipway.settings import Names, Service, load


def show(
    root: Path,
    service: str,
    environment: str,
    *,
    to_set: str | None,
    to_generate: str | None,
    yes: bool,
    as_json: bool,
) -> int:
    """Give a secret a new value, if one is named, and say which there are.

    Raises
    ------
    SettingsError
        There is no such environment, or the settings are wrong.
    UsageError
        There is no such service, or it reads no such secret.
    ReleaseError
        The secret doesn't exist, AWS refuses, or the credentials are of another account.
    RehearsalError
        The environment is rehearsed, and no rehearsal is kept.
    """
    settings = load(root)
    sources = sources_of(settings.names(environment), find_service(settings, service, environment))
    variable = to_set or to_generate
    source = _named(service, sources, variable) if variable else None
    question = f"Set {variable} of {service} in {environment}?"
    if source and not confirmed(settings, environment, question, yes=yes):
        return ExitCode.FAILED
    commands = commands_in(environment)
    clients = open_clients(root, settings, environment)
    client = clients("secretsmanager")
    if source:
        value = _asked(source) if to_set else generate(client)
        version = put(client, source, value, commands)
        print(
            f"{source.variable} is set (version {version}). A release of {service} starts by "
            f"itself and brings it to the tasks: follow it with {commands.about(service, 'watch')}",
            file=sys.stderr,
        )
    found = look(client, sources)
    told = text(service, found, commands)
    output.show(list(found), kind=list[Secret], text=told, as_json=as_json)
    return 0


def sources_of(names: Names, service: Service) -> tuple[Source, ...]:
    """Name what a service's environment variables are read from."""
    return tuple(
        Source(variable=variable, secret=names.secret(service.name, each.name), key=each.key)
        for variable, each in service.secrets.items()
    )


def text(service: str, found: tuple[Secret, ...], commands: Commands) -> str:
    """Put it as a person reads it."""
    if not found:
        return f"{service} reads no secrets: name them in services/{service}/service.yaml"
    lines = [
        (each.variable, f"  {each.secret}, key {each.key}", f"  {_state(each, commands)}")
        for each in found
    ]
    return "\n".join(line for three in lines for line in three)


def _state(secret: Secret, commands: Commands) -> str:
    if not secret.exists:
        return f"is not there: {commands.about_environment('deploy')} makes it"
    if secret.version is None:
        return "has no value yet"
    when = f"{secret.changed.astimezone():%Y-%m-%d %H:%M}" if secret.changed else "?"
    return f"set {when}, version {secret.version}"


def _named(service: str, sources: tuple[Source, ...], variable: str) -> Source:
    for each in sources:
        if each.variable == variable:
            return each
    if "=" in variable:  # Said without what follows, which may be the value.
        raise UsageError(f"Name the variable only, as {variable.partition('=')[0]}")
    known = ", ".join(each.variable for each in sources) or "none"
    raise UsageError(f"{service} reads no secret from {variable}; known: {known}")


def _asked(source: Source) -> str:
    """Read a value: from a person, twice and unseen, or all of standard input."""
    if sys.stdin.isatty():
        value = getpass.getpass(f"{source.variable}: ")
        if value != getpass.getpass(f"{source.variable}, again: "):
            raise UsageError("The two are not the same. Nothing was set: try again")
    else:
        try:
            value = sys.stdin.read().removesuffix("\n")
        except UnicodeDecodeError as error:
            raise UsageError("Standard input is no UTF-8 text. Nothing was set") from error
    if not value:
        raise UsageError("An empty value is none. Nothing was set")
    return value
