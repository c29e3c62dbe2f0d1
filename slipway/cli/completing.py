"""What a shell offers while somebody types: names of files. No settings are read, it is quick."""

from __future__ import annotations

from pathlib import Path

import typer


def environments(context: typer.Context) -> list[str]:
    """Name the environments of the checkout."""
    files = _root(context).glob("environments/*.yaml")
    return sorted(file.stem for file in files if not file.stem.endswith(".lock"))


def services(context: typer.Context) -> list[str]:
    """Name the services of the checkout."""
    return sorted(file.parent.name for file in _root(context).glob("services/*/service.yaml"))


def schemas() -> list[str]:
    """Name what has a schema."""
    from slipway.cli.schemas import FILES, RECORDED

    return [*sorted(RECORDED), *FILES]


def _root(context: typer.Context) -> Path:
    """Return the folder that holds slipway.yaml, where it was typed before what is completed."""
    return Path(context.params.get("root") or "")
