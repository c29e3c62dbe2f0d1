"""What a deployment of an environment has done."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from slipway.deploy.following import Followed


class Released(StrEnum):
    """What became of a service."""

    NEW = "new"
    """Its stack was created, and with it its first tasks."""
    RELEASED = "released"
    LIVE_ALREADY = "live already"
    FAILED = "failed"
    NOT_REACHED = "not reached"
    """Something failed before its turn; or no releases were asked for."""
    UNKNOWN = "unknown"
    """Nobody could be asked how it stands; nothing of it was released."""


@dataclass(frozen=True, kw_only=True)
class DeployedService:
    """A service after the deployment."""

    name: str
    outcome: Released
    url: str
    """Where clients reach it; empty where it has no stack."""
    is_public: bool
    """Whether the internet reaches it, or its network only."""
    live: str
    """``family:revision`` that serves production traffic; empty where nothing does, or where nobody
    could be asked any more."""
    wanted: str
    """``family:revision`` that its stack wants live; empty where it has no stack, or where nobody
    could be asked."""
    deployment: str
    """The id of its CodeDeploy deployment; empty where none went well."""


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """What was done to an environment."""

    environment: str
    stacks: tuple[Followed, ...]
    services: tuple[DeployedService, ...]
    seconds: float
    """All of it, from the first check to the last release."""
    error: str
    """What went wrong, and what to do next; empty where all went well."""
