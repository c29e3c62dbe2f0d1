"""Which AWS a command talks to."""

from __future__ import annotations

from pathlib import Path

from slipway.cli.interruption import say
from slipway.rehearsal import kept
from slipway.release import Aws, Clients, clients_of_account
from slipway.settings import Settings


def open_clients(root: Path, settings: Settings, environment: str) -> Clients:
    """Return what makes the clients of an environment's account, by the service's name.

    The credentials are those that boto3 finds by itself. The environment that is rehearsed is the
    one of the rehearsal that is kept.

    Raises
    ------
    SettingsError
        There is no such environment.
    ReleaseError
        The credentials are of another account, or AWS can't be reached.
    RehearsalError
        The environment is rehearsed, and no rehearsal is kept.
    """
    place = settings.environment(environment)
    if environment == kept.ENVIRONMENT:
        return kept.find(root).connection.client
    return clients_of_account(place.account, place.region, tell=say)


def open_account(root: Path, settings: Settings, environment: str) -> Aws:
    """Make the clients that a release needs; the rest as `open_clients` does."""
    return Aws.from_clients(open_clients(root, settings, environment))
