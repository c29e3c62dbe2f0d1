"""A deployment of stacks is looked at, and doesn't depend on being seen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from slipway.cli.deploy_stacks import though_unseen
from slipway.deploy import NotStartingError
from slipway.deploy.following import Stack
from slipway.release import AwsError

REFUSED = AwsError("Cannot look at the stacks: no. Use another role.")


def looked(*answers: Exception | None) -> list[str]:
    """Look as often as there are answers, and return what is told."""
    told: list[str] = []
    turns: Iterator[Exception | None] = iter(answers)

    def look() -> None:
        if (error := next(turns)) is not None:
            raise error

    looking = though_unseen(look, told.append)
    for _ in answers:
        looking()
    assert next(turns, "none left") == "none left"
    return told


UNSEEN = f"{REFUSED} The deployment goes on, unseen"


def test_what_hides_it_is_told_once_and_ends_nothing() -> None:
    assert looked(None, REFUSED, REFUSED, REFUSED) == [UNSEEN]


def test_what_hides_it_again_is_told_again() -> None:
    assert looked(REFUSED, REFUSED, None, REFUSED) == [UNSEEN, UNSEEN]


def test_tasks_that_do_not_start_end_it() -> None:
    with pytest.raises(NotStartingError):
        looked(REFUSED, NotStartingError(Stack("shop-dev-cart"), "cart does not start"))
