"""What a command answers, on standard output: text for people, JSON for machines."""

from __future__ import annotations

import os
import sys
from typing import Any

from pydantic import TypeAdapter


def show(answer: Any, *, text: str, as_json: bool, kind: Any = None) -> None:
    """Print an answer.

    Parameters
    ----------
    answer
        A dataclass, or a list of them, as `slipway.cli.schemas` knows it.
    text
        The same for people, in 80 columns.
    as_json
        Print JSON: times are ISO 8601 with their zone, durations too.
    kind
        The answer's type, where it isn't a dataclass: ``list[Secret]``.
    """
    if as_json:
        text = adapter(kind or type(answer)).dump_json(answer, indent=2).decode()
    try:
        print(text, flush=True)
    except BrokenPipeError:
        forget_standard_output()


def adapter(kind: Any) -> TypeAdapter[Any]:
    """Return what writes answers of a type, and describes them."""
    return TypeAdapter(kind)


def forget_standard_output() -> None:
    """End quietly when nobody reads any more, as behind ``| head``.

    Python flushes standard output once more at its end, and would complain.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
