"""What a rehearsal leaves behind: ``report.json`` for machines, ``report.html`` for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from slipway.page.writing import write_whole
from slipway.rehearsal.page import render
from slipway.rehearsal.report import Report


def publish(report: Report, directory: Path) -> None:
    """Write ``report.json`` and ``report.html``, each whole or not at all."""
    write(directory, report.as_json(), render(report))


def write(directory: Path, content: Mapping[str, Any], page: str) -> None:
    """Write a report for machines and the page for people, each whole or not at all."""
    directory.mkdir(parents=True, exist_ok=True)
    write_whole(directory / "report.json", json.dumps(content, indent=2) + "\n")
    write_whole(directory / "report.html", page)
