"""What service.yaml promises to the load balancer and to ECS, the process keeps."""

from __future__ import annotations

import re
from pathlib import Path

from inventory.settings import Settings

SERVICE = Path(__file__).parent.parent
DEFAULTS = Settings()
NUMBERS = re.findall(r"^ *(\w+): (\d+)s?\b", (SERVICE / "service.yaml").read_text(), re.MULTILINE)
# The first of a name: the container's `port` stands before the load balancer's.
PROMISES = dict(reversed(NUMBERS))


def test_the_load_balancer_closes_idle_connections_before_the_service_does() -> None:
    assert DEFAULTS.keep_alive_seconds > int(PROMISES["idle_timeout"])


def test_ecs_waits_for_the_drain_and_for_requests_in_flight() -> None:
    # aiohttp waits for a request, cancels it, and waits for as long again.
    longest_stop = DEFAULTS.drain_seconds + 2 * DEFAULTS.shutdown_seconds
    assert longest_stop < int(PROMISES["stop_timeout"])
    assert int(PROMISES["deregistration_delay"]) < int(PROMISES["stop_timeout"])


def test_the_image_listens_on_the_port_that_the_service_names() -> None:
    dockerfile = (SERVICE / "Dockerfile").read_text()
    assert {*re.findall(r"(?:EXPOSE |PORT=)(\d+)", dockerfile)} == {PROMISES["port"]}
