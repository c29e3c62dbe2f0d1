"""What a hook checks, in a few words each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway.diagram import units


def in_words(check: Mapping[str, Any]) -> str:
    """Return what a check of ``checks.json`` asks for: ``GET /health: 200``."""
    kind, settings = next(iter(check.items()))
    words = _WORDS.get(kind, _other)
    return words(kind, settings)


def _http(kind: str, settings: Mapping[str, Any]) -> str:
    parts = [f"{settings['method']} {settings['path']}: {settings['status']}"]
    if settings.get("requests", 1) > 1:
        parts.append(f"{settings['requests']} times")
    return ", ".join([*parts, *_latency(settings)])


def _burst(kind: str, settings: Mapping[str, Any]) -> str:
    parts = [f"burst of {settings['requests']} requests, {settings['at_once']} at once"]
    return ", ".join([*parts, *_latency(settings)])


def _compare(kind: str, settings: Mapping[str, Any]) -> str:
    return f"compare {', '.join(settings['paths'])} with blue"


def _python(kind: str, settings: Mapping[str, Any]) -> str:
    return f"own check {settings['function']}"


def _image_scan(kind: str, settings: Mapping[str, Any]) -> str:
    return f"image scan: findings up to {settings['allowed']}"


def _other(kind: str, settings: Mapping[str, Any]) -> str:
    return kind.replace("_", " ")


def _latency(settings: Mapping[str, Any]) -> list[str]:
    latency = settings.get("latency")
    if not latency:
        return []
    limit = units.seconds(latency["threshold_seconds"])
    return [f"p{latency['percentile']} within {limit}"]


_WORDS = {
    "http": _http,
    "burst": _burst,
    "compare": _compare,
    "python": _python,
    "image_scan": _image_scan,
}
