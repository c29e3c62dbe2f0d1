"""What a rehearsal leaves behind: ``report.json`` for machines, ``report.html`` for people."""

from __future__ import annotations

import json
import os
from pathlib import Path

from slipway.rehearsal.page import render
from slipway.rehearsal.report import Report


def publish(report: Report, directory: Path) -> None:
    """Write ``report.json`` and ``report.html``, each whole or not at all."""
    directory.mkdir(parents=True, exist_ok=True)
    _replace(directory / "report.json", json.dumps(report.as_json(), indent=2) + "\n")
    _replace(directory / "report.html", render(report))


def _replace(file: Path, text: str) -> None:
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(file)
