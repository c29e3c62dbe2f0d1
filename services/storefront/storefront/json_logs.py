"""One JSON object a line on stdout."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any


class JsonFormatter(logging.Formatter):
    """Formats a record as one JSON line: timestamp, level, message and the fields of `extra`.

    A call gives further fields as `extra={"fields": {...}}`.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        entry: dict[str, Any] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(
                timespec="milliseconds"
            ),
            "level": record.levelname.lower(),
            "message": record.getMessage().strip(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


def configure_logging(level: int) -> None:
    """Send every logger of the process to stdout, one JSON line a record.

    Parameters
    ----------
    level
        The lowest level that is written, as in `logging`.
    """
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # What they tell of starts, stops and requests, our own lines tell.
    for library in ("uvicorn", "asyncio", "httpx2", "httpcore2"):
        logging.getLogger(library).setLevel(max(level, logging.WARNING))
