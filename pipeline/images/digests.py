"""``python -m pipeline images``: join and judge the images that were built, and write digests."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""


def run(options: argparse.Namespace) -> None:
    """Write the digests of every service's image."""
