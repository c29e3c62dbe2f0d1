"""How the next command to try is told: with what the person has to type again."""

from __future__ import annotations

from slipway.cli.options import LOCAL
from slipway.release import Commands


def commands_in(environment: str) -> Commands:
    """Return how commands are written in an environment."""
    if environment == LOCAL:
        return Commands(option="--local", argument="--local")
    return Commands.in_environment(environment)
