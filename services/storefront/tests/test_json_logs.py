from __future__ import annotations

import json
import logging
import sys
from datetime import datetime

from storefront.json_logs import JsonFormatter


def format_line(message: str, **attributes: object) -> str:
    record = logging.makeLogRecord(
        {"levelname": "ERROR", "msg": message, "created": 0.25, **attributes}
    )
    return JsonFormatter().format(record)


def test_a_line_holds_timestamp_level_message_and_fields() -> None:
    entry = json.loads(format_line("request", fields={"status": 200}))
    assert datetime.fromisoformat(entry["timestamp"]).timestamp() == 0.25
    assert (entry["level"], entry["message"], entry["status"]) == ("error", "request", 200)


def test_an_exception_stays_on_one_line() -> None:
    try:
        raise KeyError("missing")
    except KeyError:
        line = format_line("failed\n", exc_info=sys.exc_info())
    assert "\n" not in line
    assert "KeyError" in json.loads(line)["exception"]
