"""Logs for machines: JSON lines on stdout."""

from __future__ import annotations

import logging.config
from typing import Any

from aiohttp.abc import AbstractAccessLogger
from aiohttp.web import BaseRequest, StreamResponse
from pythonjsonlogger.json import JsonFormatter

LEVELS = ("debug", "info", "warning", "error")


class LowerCaseLevels(JsonFormatter):
    """Writes `info`, not `INFO`: what the saved queries of CloudWatch Logs Insights look for."""

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Return the line's fields."""
        return log_data | {"level": log_data["level"].lower()}


class RequestLog(AbstractAccessLogger):
    """Logs each request as fields."""

    def log(self, request: BaseRequest, response: StreamResponse, time: float) -> None:
        """Log a request that was answered after `time` seconds."""
        # The load balancer's health checks would drown the rest.
        level = logging.DEBUG if request.path == "/health" else logging.INFO
        outcome = {
            "method": request.method,
            "path": request.path,
            "status": response.status,
            "duration_ms": round(time * 1000, 3),
            "revision": response.headers.get("x-task-revision"),
        }
        self.logger.log(level, "request", extra=outcome)


def log_as_json(level: str) -> None:
    """Send what every logger says from `level` on to stdout.

    Raises
    ------
    ValueError
        There is no such level.
    """
    if level.lower() not in LEVELS:
        raise ValueError(f"LOG_LEVEL is {level!r}: give one of {', '.join(LEVELS)}")
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": {
                    "()": LowerCaseLevels,
                    "fmt": ["levelname", "message"],
                    "rename_fields": {"levelname": "level", "exc_info": "exception"},
                    "timestamp": True,
                }
            },
            "handlers": {
                "stdout": {
                    "class": "logging.StreamHandler",
                    "formatter": "json",
                    "stream": "ext://sys.stdout",
                }
            },
            "root": {"handlers": ["stdout"], "level": level.upper()},
            "loggers": {"asyncio": {"level": "WARNING"}},
        }
    )
