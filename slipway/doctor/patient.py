"""What is looked at: an account, a region, and what the settings want there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slipway.settings import Environment, Settings


@dataclass(frozen=True, kw_only=True)
class Patient:
    """An account in a region, and what the settings want there."""

    settings: Settings
    environment: Environment | None
    """None for the tooling account."""
    account: str
    region: str
    client: Callable[[str], Any]
    """Makes a boto3 client by the service's name."""
    digests: Path
    """The file that the build wrote: ``build/images.json``."""
    assemblies: tuple[Path, ...] = ()
    """Folders that may hold a cloud assembly, the one that counts first."""

    @property
    def wanted(self) -> Environment:
        """The environment.

        Raises
        ------
        ValueError
            It is the tooling account that is looked at.
        """
        if self.environment is None:
            raise ValueError("the tooling account has no environment")
        return self.environment
