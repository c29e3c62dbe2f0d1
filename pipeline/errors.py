"""What stops a step of the pipeline, told in a line for the person who must act."""

from __future__ import annotations

from collections.abc import Iterable


class PipelineError(Exception):
    """A step can't go on: what, where, what to do next; one line for each thing that is wrong."""

    @classmethod
    def of(cls, errors: Iterable[PipelineError]) -> PipelineError:
        """Make one error of several, each in a line of its own."""
        return cls("\n".join(str(error) for error in errors))
