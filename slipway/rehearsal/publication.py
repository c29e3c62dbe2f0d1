"""What a rehearsal leaves behind: ``report.json`` for machines, ``report.html`` for people."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from slipway.rehearsal.page import render
from slipway.rehearsal.report import Report


def publish(report: Report, directory: Path) -> None:
    """Write ``report.json`` and ``report.html``, each whole or not at all."""
    write(directory, report.as_json(), render(report))


def write(directory: Path, content: Mapping[str, Any], page: str) -> None:
    """Write a report for machines and the page for people, each whole or not at all."""
    directory.mkdir(parents=True, exist_ok=True)
    _replace(directory / "report.json", json.dumps(content, indent=2) + "\n")
    _replace(directory / "report.html", page)


def _replace(file: Path, text: str) -> None:
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
