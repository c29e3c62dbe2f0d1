"""What stops a step of the pipeline, told in a line for the person who must act."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from slipway.release.errors import ReleaseError

_Item = TypeVar("_Item")
_Done = TypeVar("_Done")


class PipelineError(Exception):
    """A step can't go on: what, where, what to do next; one line for each thing that is wrong."""


def each(items: Iterable[_Item], do: Callable[[_Item], _Done]) -> list[_Done]:
    """Do something for each item, and only then tell all that went wrong.

    Raises
    ------
    PipelineError
        Something did, with a line for each item.
    """
    done, errors = [], []
    for item in items:
        try:
            done.append(do(item))
        except (PipelineError, ReleaseError) as error:
            errors.append(error)
    if errors:
        raise PipelineError("\n".join(map(str, errors)))
    return done
