"""Describing: what an environment costs, and what it looks like."""

from __future__ import annotations

import typer

app = typer.Typer()

PANEL = "Describing"
