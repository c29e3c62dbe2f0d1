"""The people who use the service, in each environment, from the moment it serves there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from slipway.rehearsal.load import Load
from slipway.rehearsal.pipeline.estate import Estate
from slipway.rehearsal.traffic import Snapshot, Traffic
from slipway.release import ReleaseError

# Requests a second in each environment: three machines' work is done on one meanwhile.
_RATE = 20
_LONGEST = timedelta(hours=2)
_PATHS = ("/", "/version")


class Visitors:
    """A constant load on one service in several environments.

    Parameters
    ----------
    estate
        Where the service is.
    service
        Such as ``storefront``.
    environments
        Where it is visited.
    folder
        Where every answer is written down.
    tell
        Told in which environment the load has begun.
    """

    def __init__(
        self,
        estate: Estate,
        service: str,
        environments: Sequence[str],
        folder: Path,
        tell: Callable[[str], None],
    ) -> None:
        self._estate, self._service, self._folder, self._tell = estate, service, folder, tell
        self._waiting = list(environments)
        self._loads: dict[str, Load] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    def look(self) -> None:
        """Begin to visit wherever the service answers for the first time."""
        for environment in list(self._waiting):
            if self._serves(environment):
                self._waiting.remove(environment)
                self._begin(environment)

    def snapshot(self, environment: str) -> Snapshot | None:
        """Count what was answered so far; None where nobody visits yet."""
        load = self._loads.get(environment)
        return None if load is None else load.snapshot()

    def so_far(self) -> Mapping[str, Traffic]:
        """Sum up what was answered so far, by environment."""
        return {environment: load.so_far() for environment, load in self._loads.items()}

    def stop(self) -> Mapping[str, Traffic]:
        """Send nothing more, and sum up, by environment."""
        return {environment: load.stop() for environment, load in self._loads.items()}

    def _serves(self, environment: str) -> bool:
        try:
            self._estate.ask(environment, self._service, "/version")
        except (ReleaseError, OSError, ValueError):
            # No stack yet, no listener, no task behind it.
            return False
        return True

    def _begin(self, environment: str) -> None:
        settings, target = self._estate.settings, self._estate.target(environment, self._service)
        url = settings.url(environment, self._service)
        has_domain = settings.environment(environment).domain is not None
        self._loads[environment] = self._stack.enter_context(
            Load(
                url,
                self._folder / f"traffic-{environment}.jsonl",
                rate=_RATE,
                paths=_PATHS,
                duration=_LONGEST,
                address=target.address,
                certificate_authority=(
                    self._estate.cloud.certificate_authority if has_domain else None
                ),
            )
        )
        self._tell(f"{url} serves; {_RATE} requests a second are on it from now on")
