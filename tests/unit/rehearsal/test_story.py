from typing import Any

import pytest

from slipway.rehearsal.story import played


class Told:
    """A story, and the reports that it left."""

    def __init__(self, ending: BaseException | None) -> None:
        self._ending = ending
        self.published: list[Any] = []

    def play(self) -> None:
        if self._ending is not None:
            raise self._ending

    def run(self) -> Any:
        return played(
            self.play, report=lambda error: {"error": error}, publish=self.published.append
        )


def test_a_story_that_ends_well_returns_what_it_published() -> None:
    told = Told(None)
    assert told.run() == {"error": None}
    assert told.published == [{"error": None}]


@pytest.mark.parametrize(
    ("ending", "error"),
    [(RuntimeError("no more room"), "no more room"), (KeyboardInterrupt(), "interrupted")],
)
def test_a_story_that_breaks_off_leaves_a_report_and_says_why(
    ending: BaseException, error: str
) -> None:
    told = Told(ending)
    with pytest.raises(type(ending)):
        told.run()
    assert told.published == [{"error": error}]
