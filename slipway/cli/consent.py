"""Somebody's word, before anything touches an environment that needs it."""

from __future__ import annotations

import sys

import typer

from slipway.settings import Settings


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
