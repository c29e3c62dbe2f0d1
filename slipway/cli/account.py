"""Which AWS a command talks to."""

from __future__ import annotations

from pathlib import Path

from slipway.rehearsal import kept
from slipway.release import Aws
from slipway.settings import Settings


def open_account(root: Path, settings: Settings, environment: str) -> Aws:
    """Make the clients of an environment's account, with the credentials that boto3 finds.

    The environment that is rehearsed is the one of the rehearsal that is kept.

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
        return kept.release_clients(root)
    return Aws.of_account(place.account, place.region)
