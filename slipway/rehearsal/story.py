"""A story that always leaves its report, however it ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

_Report = TypeVar("_Report")


def played(
    play: Callable[[], None],
    *,
    report: Callable[[str | None], _Report],
    publish: Callable[[_Report], object],
) -> _Report:
    """Play a story, and publish the report of what happened until its end.

    Parameters
    ----------
    play
        The story. What it raises goes on to the caller, once the report is there.
    report
        Makes the report, given what went wrong: None if nothing did, ``interrupted`` if somebody
        ended the story.
    publish
        Writes it.
    """
    error: str | None = "interrupted"
    try:
        play()
        error = None
    except Exception as problem:
        error = str(problem)
        raise
    finally:
        told = report(error)
        publish(told)
    return told
