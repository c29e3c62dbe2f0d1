"""The ``slipway`` command."""

from slipway.cli.main import main

__all__ = ["main"]
