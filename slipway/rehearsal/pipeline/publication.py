"""What a rehearsal of the pipeline leaves behind: ``report.json`` and ``report.html``."""

from __future__ import annotations

from pathlib import Path

from slipway.rehearsal import publication
from slipway.rehearsal.pipeline.json_form import as_json
from slipway.rehearsal.pipeline.page import render
from slipway.rehearsal.pipeline.report import PipelineReport


def publish(report: PipelineReport, directory: Path) -> None:
    """Write ``report.json`` and ``report.html``, each whole or not at all."""
    publication.write(directory, as_json(report), render(report))
