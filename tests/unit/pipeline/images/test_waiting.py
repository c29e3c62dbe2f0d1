from datetime import timedelta

import pytest

from pipeline.images import waiting


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "INTERVAL", timedelta(milliseconds=1))


def test_what_comes_true_in_time_is_waited_for() -> None:
    answers = iter([False, False, True])
    assert waiting.until(timedelta(seconds=60), lambda: next(answers))


def test_what_is_true_already_needs_no_time() -> None:
    assert waiting.until(timedelta(), lambda: True)


def test_what_never_comes_true_is_given_up() -> None:
    assert not waiting.until(timedelta(milliseconds=5), lambda: False)
