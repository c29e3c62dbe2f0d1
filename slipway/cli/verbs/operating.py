"""Operating: one-off tasks, sessions, numbers of tasks, secrets."""

from __future__ import annotations

import typer

app = typer.Typer()

PANEL = "Operating"
