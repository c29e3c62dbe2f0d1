"""Somebody's word, before anything touches an environment that needs it."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from slipway.cli.service import find_service
from slipway.settings import Settings, load


def given(root: Path, service: str, environment: str, question: str, *, yes: bool) -> bool:
    """Tell whether a command about a service may go on, as `confirmed` does.

    Nobody is asked about what isn't there.

    Raises
    ------
    SettingsError
        There is no such environment, or the settings are wrong.
    UsageError
        There is no such service.
    """
    settings = load(root)
    find_service(settings, service, environment)
    return confirmed(settings, environment, question, yes=yes)


def confirmed(settings: Settings, environment: str, question: str, *, yes: bool) -> bool:
    """Tell whether a command may go on: where approval is required, somebody has to give it.

    Parameters
    ----------
    question
        What is going to be done, as a question: ``Release storefront to prod?``
    yes
        It was given on the command line.

    Raises
    ------
    SettingsError
        There is no such environment.
    """
    if yes or settings.environment(environment).approval == "none":
        return True
    if not sys.stdin.isatty():
        print(
            f"{question} In {environment} that needs approval (environments/{environment}.yaml): "
            "add --yes if you give it. Nothing was done.",
            file=sys.stderr,
        )
        return False
    if typer.confirm(question, err=True):
        return True
    print("Nothing was done.", file=sys.stderr)
    return False
