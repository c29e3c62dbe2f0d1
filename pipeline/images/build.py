"""``python -m pipeline build``: build and push the images of one architecture."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("--architecture", required=True, choices=("x86_64", "arm64"))


def run(options: argparse.Namespace) -> None:
    """Build what the registry doesn't have yet."""
