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


def setting(name: str) -> str:
    found = re.search(
        rf"^\s*{name}: (\d+)", (SERVICE / "service.yaml").read_text(), flags=re.MULTILINE
    )
    assert found, f"{name} is not in service.yaml"
    return found[1]


def seconds(name: str) -> timedelta:
    return timedelta(seconds=int(setting(name)))


def test_idle_connections_outlive_the_load_balancers_idle_timeout() -> None:
    draining = asyncio.Event()
    app = create_app(SETTINGS, revision="unknown", draining=draining)
    server = create_server(app, SETTINGS, draining=draining)
    assert timedelta(seconds=server.config.timeout_keep_alive) > seconds("idle_timeout")


def test_a_task_has_time_to_drain_before_ecs_kills_it() -> None:
    assert SETTINGS.drain_time + SETTINGS.graceful_shutdown < seconds("stop_timeout")


def test_the_image_listens_where_the_service_is_expected() -> None:
    dockerfile = (SERVICE / "Dockerfile").read_text()
    assert f"PORT={setting('port')}" in dockerfile
    assert f"EXPOSE {setting('port')}" in dockerfile
    assert int(setting("port")) == SETTINGS.port
