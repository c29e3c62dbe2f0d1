"""``slipway lock``: note what each new service is created with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from slipway.settings import Settings, load
from slipway.settings.lock import (
    check_entries,
    entries_without_a_service,
    missing_entries,
    write_missing_entries,
)


def lock(root: Path, *, check: bool) -> int:
    """Write the missing entries, or with `check` fail where there are any.

    Raises
    ------
    SettingsError
        The settings are wrong, or ask for what can't be changed any more.
    """
    return _lock(load(root), check=check, tell=print)


def note_new_services(settings: Settings, tell: Callable[[str], None]) -> None:
    """Write the missing entries of every environment.

    Raises
    ------
    SettingsError
        The settings ask for what can't be changed any more, or a file can't be written.
    """
    _lock(settings, check=False, tell=tell)


def _lock(settings: Settings, *, check: bool, tell: Callable[[str], None]) -> int:
    # All of them are read before one is written.
    missing = {name: missing_entries(settings, name) for name in settings.environments}
    for environment in missing:
        check_entries(settings, environment)
    for environment, services in missing.items():
        file = f"environments/{environment}.lock.yaml"
        if services and check:
            tell(f"{file}: has no entry for {', '.join(services)}; run slipway lock, commit it")
        elif services:
            write_missing_entries(settings, environment)
            tell(f"{file}: added {', '.join(services)}; commit it")
        for name in entries_without_a_service(settings, environment):
            tell(
                f"{file}: {name} has no folder under services/ any more; remove its entry once "
                "its stack is gone"
            )
    return 1 if check and any(missing.values()) else 0
