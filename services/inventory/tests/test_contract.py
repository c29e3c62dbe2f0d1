"""What service.yaml promises to the load balancer and to ECS, the process keeps."""

from __future__ import annotations

import re
from pathlib import Path

from inventory.settings import Settings

SERVICE = Path(__file__).parent.parent
DEFAULTS = Settings()
SETTINGS = (SERVICE / "service.yaml").read_text()
SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


def promises(key: str, default: str) -> list[float]:
    """Seconds of every value that service.yaml has for a key, overrides included."""
    return [
        sum(float(number) * SECONDS[unit] for number, unit in re.findall(r"(\d+)(ms|[hms])", text))
        for text in re.findall(rf"\b{key}: *(\w+)", SETTINGS) or [default]
    ]


def test_the_load_balancer_closes_idle_connections_before_the_service_does() -> None:
    assert DEFAULTS.keep_alive_seconds > max(promises("idle_timeout", default="60s"))


def test_ecs_waits_for_the_drain_and_for_requests_in_flight() -> None:
    # aiohttp waits for a request, cancels it, and waits for as long again.
    longest_stop = DEFAULTS.drain_seconds + 2 * DEFAULTS.shutdown_seconds
    ecs_waits = min(promises("stop_timeout", default="90s"))
    assert longest_stop < ecs_waits
    assert max(promises("deregistration_delay", default="30s")) < ecs_waits


def test_the_image_listens_on_the_port_that_the_service_names() -> None:
    dockerfile = (SERVICE / "Dockerfile").read_text()
    (port,) = re.findall(r"^port: (\d+)", SETTINGS, re.MULTILINE)
    assert {*re.findall(r"(?:EXPOSE |PORT=)(\d+)", dockerfile)} == {port}
