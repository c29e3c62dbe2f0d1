"""What the environment says: the only source of configuration."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class SettingsError(ValueError):
    """An environment variable is missing or wrong; the message says which and what to do."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The configuration of one process.

    Raises
    ------
    SettingsError
        From `from_environment`, for the first variable that is missing or wrong.
    """

    session_key: str = field(repr=False)
    host: str = "0.0.0.0"  # noqa: S104 - a task has a network interface of its own
    port: int = 8080
    greeting: str = "Welcome"
    inventory_url: str | None = None
    log_level: int = logging.INFO
    drain_time: timedelta = timedelta(seconds=5)
    graceful_shutdown: timedelta = timedelta(seconds=60)
    keep_alive: timedelta = timedelta(seconds=75)
    metadata_address: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the settings from environment variables (see README.md)."""
        session_key = environment.get("SESSION_KEY", "")
        if not session_key:
            raise SettingsError("SESSION_KEY is not set: give the task its secret")
        return cls(
            session_key=session_key,
            host=environment.get("HOST", cls.host),
            port=_port(environment.get("PORT", str(cls.port))),
            greeting=environment.get("GREETING", cls.greeting),
            inventory_url=_http_address(environment, "INVENTORY_URL"),
            log_level=_log_level(environment.get("LOG_LEVEL", "INFO")),
            drain_time=_seconds(environment, "DRAIN_SECONDS", cls.drain_time),
            graceful_shutdown=_seconds(
                environment, "GRACEFUL_SHUTDOWN_SECONDS", cls.graceful_shutdown
            ),
            keep_alive=_seconds(environment, "KEEP_ALIVE_SECONDS", cls.keep_alive),
            metadata_address=environment.get("ECS_CONTAINER_METADATA_URI_V4"),
        )

    @property
    def secret_fingerprint(self) -> str:
        """Twelve hexadecimal digits that prove which session key arrived, without revealing it."""
        digest = hmac.new(self.session_key.encode(), b"storefront fingerprint", hashlib.sha256)
        return digest.hexdigest()[:12]


def _port(text: str) -> int:
    if text.isdecimal() and int(text) <= 65535:
        return int(text)
    raise SettingsError(f"PORT is {text!r}: give a number from 0 (any free port) to 65535")


def _http_address(environment: Mapping[str, str], name: str) -> str | None:
    text = environment.get(name)
    if not text:
        return None
    try:
        parts = urlsplit(text)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return text
    except ValueError:
        pass
    raise SettingsError(f"{name} is {text!r}: give an address such as http://host:8080")


def _log_level(text: str) -> int:
    if text.upper() in LOG_LEVELS:
        return int(getattr(logging, text.upper()))
    raise SettingsError(f"LOG_LEVEL is {text!r}: give one of {', '.join(LOG_LEVELS)}")


def _seconds(environment: Mapping[str, str], name: str, default: timedelta) -> timedelta:
    text = environment.get(name)
    if text is None:
        return default
    try:
        duration = timedelta(seconds=float(text))
    except (ValueError, OverflowError):
        duration = timedelta(-1)
    if duration < timedelta(0):
        raise SettingsError(f"{name} is {text!r}: give a number of seconds, 0 or more")
    return duration
