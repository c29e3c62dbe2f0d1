"""``slipway diagram``: an environment, the pipeline or a release as a picture."""

from __future__ import annotations

import sys
from pathlib import Path

from slipway.changes import AssembledStack, AssemblyError, assembled_stacks
from slipway.cli.assembly import assembly_of
from slipway.cli.choices import Kind
from slipway.cli.usage import UsageError
from slipway.settings import Settings, load
from slipway.settings.names import ENVIRONMENT_STACKS


def draw(
    root: Path,
    environment: str | None,
    *,
    kind: Kind,
    service: str | None,
    assembly: Path | None,
    output: Path | None,
) -> int:
    """Draw a picture, to a file or to standard output.

    Raises
    ------
    SettingsError
        There is no such environment, or the settings are wrong.
    UsageError
        Options don't go together, or there is no such service.
    RehearsalError
        The synthesis failed.
    AssemblyError
        The assembly can't be read, or holds nothing of what is asked for.
    """
    if (kind is Kind.RELEASE) != (service is not None):
        raise UsageError("--service goes with --kind release, and --kind release needs it")
    settings = load(root)
    if kind is Kind.PIPELINE:
        picture = _pipeline(settings, root, assembly)
    else:
        assert environment is not None  # noqa: S101 - the option's own check
        picture = _environment(settings, root, environment, service, assembly)
    if output is None:
        sys.stdout.write(picture)
        return 0
    try:
        output.write_text(picture, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"--output {output} can't be written ({error.strerror}): name another file"
        ) from error
    print(f"{output} is written", file=sys.stderr)
    return 0


def stacks_of(settings: Settings, environment: str, assembly: Path) -> tuple[AssembledStack, ...]:
    """Return the stacks of an environment.

    Raises
    ------
    AssemblyError
        There are none.
    """
    names = settings.names(environment)
    wanted = {names.stack(each) for each in (*ENVIRONMENT_STACKS, *settings.services(environment))}
    found = tuple(each for each in assembled_stacks(assembly) if each.name in wanted)
    if not found:
        raise AssemblyError(f"{assembly} holds no stack of {environment}: synthesise it again")
    return found


def _environment(
    settings: Settings, root: Path, environment: str, service: str | None, assembly: Path | None
) -> str:
    from slipway.diagram import environment as environments
    from slipway.diagram import release

    services = settings.services(environment)
    if service is not None and service not in services:
        known = ", ".join(sorted(services))
        raise UsageError(f"--service {service}: {environment} has no such service, but {known}")
    folder = assembly_of(root, environment, assembly, built=False)
    stacks = stacks_of(settings, environment, folder)
    application = settings.application.application
    if service is None:
        return environments.draw(stacks, f"{application} in {environment}")
    try:
        return release.draw(stacks, service, f"A release of {service} in {environment}")
    except LookupError as error:
        raise AssemblyError(f"{folder}: {error}; synthesise it again") from error


def _pipeline(settings: Settings, root: Path, assembly: Path | None) -> str:
    from slipway.diagram import pipeline

    if settings.application.pipeline is None:
        raise UsageError("slipway.yaml has no pipeline: leave --kind pipeline out, or add one")
    folder = assembly_of(root, None, assembly, built=False)
    try:
        return pipeline.draw(assembled_stacks(folder))
    except LookupError as error:
        raise AssemblyError(f"{folder}: {error}; synthesise all environments again") from error
