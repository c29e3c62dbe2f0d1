"""Requests are not lost where the container, the load balancer and ECS meet."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from pathlib import Path

from storefront.app import create_app
from storefront.server import create_server
from storefront.settings import Settings

SERVICE = Path(__file__).parent.parent
SETTINGS = Settings(session_key="of the tests")


# What Slipway takes where service.yaml says nothing.
DEFAULTS = {"idle_timeout": "60s", "stop_timeout": "90s"}
UNITS = {"h": "hours", "m": "minutes", "s": "seconds", "ms": "milliseconds"}


def settings(name: str) -> list[str]:
    """Everything that service.yaml says of a key: in general, and for one environment."""
    text = (SERVICE / "service.yaml").read_text()
    found = re.findall(rf"\b{name}: *([0-9a-z]+)", text)
    return found or [DEFAULTS[name]]


def duration(text: str) -> timedelta:
    """The time that is written as `90s` or `1m30s`."""
    parts = re.findall(r"([0-9]+)(ms|[hms])", text)
    return timedelta(**{UNITS[unit]: int(number) for number, unit in parts})


def test_durations_are_read_with_their_units() -> None:
    assert duration("1m30s") == timedelta(seconds=90)
    assert duration("500ms") == timedelta(seconds=0.5)


def test_idle_connections_outlive_the_load_balancers_idle_timeout() -> None:
    draining = asyncio.Event()
    app = create_app(SETTINGS, revision="unknown", draining=draining)
    server = create_server(app, SETTINGS, draining=draining)
    longest = max(map(duration, settings("idle_timeout")))
    assert timedelta(seconds=server.config.timeout_keep_alive) > longest


def test_a_task_has_time_to_drain_before_ecs_kills_it() -> None:
    shortest = min(map(duration, settings("stop_timeout")))
    assert SETTINGS.drain_time + SETTINGS.graceful_shutdown < shortest


def test_the_image_listens_where_the_service_is_expected() -> None:
    dockerfile = (SERVICE / "Dockerfile").read_text()
    (port,) = re.findall("^port: ([0-9]+)", (SERVICE / "service.yaml").read_text(), re.MULTILINE)
    assert f"PORT={port}" in dockerfile
    assert f"EXPOSE {port}" in dockerfile
    assert int(port) == SETTINGS.port
