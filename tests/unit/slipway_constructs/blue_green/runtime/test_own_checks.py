"""A service's own checks, against a real server that stands for green."""

import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

GREEN = "shop-local-storefront:7"
SELLS_UMBRELLAS = """\
def sells_umbrellas(green, fewest=1):
    stock = green.get("/stock", headers={"Accept": "application/json"}).json
    assert stock["umbrella"] >= fewest, f"expected {fewest} umbrellas, but there are too few"
    return f"{stock['umbrella']} umbrellas"
"""


@pytest.fixture
def file(load: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    file = tmp_path / "own_checks.py"
    monkeypatch.setattr(load("checks.own"), "FILE", file)
    return file


@pytest.fixture
def run(
    load: Callable[[str], ModuleType], green: Callable[..., Any], server: Any, file: Path
) -> Callable[..., Any]:
    def run(text: str, function: str = "sells_umbrellas", **settings: Any) -> Any:
        file.write_text(text)
        declared = [{"python": {"function": function, "settings": settings}}]
        [result] = load("checks").run(
            declared, green(port=server.port), deadline=time.monotonic() + 60
        )
        return result

    return run


def test_function_that_is_content_passes_and_says_why(run: Any, server: Any) -> None:
    server.answers["/stock"] = (200, {"x-task-revision": GREEN}, '{"umbrella": 12}')
    result = run(SELLS_UMBRELLAS)
    assert (result.passed, result.detail) == (True, "sells_umbrellas: 12 umbrellas")


def test_function_that_says_nothing_passes(run: Any) -> None:
    result = run("def quiet(green): pass", "quiet")
    assert (result.passed, result.detail) == (True, "quiet passed")


def test_assertion_that_does_not_hold_fails_with_its_sentence(run: Any, server: Any) -> None:
    server.answers["/stock"] = (200, {"x-task-revision": GREEN}, '{"umbrella": 12}')
    result = run(SELLS_UMBRELLAS, fewest=13)
    assert not result.passed
    assert result.detail == "sells_umbrellas: expected 13 umbrellas, but there are too few"


def test_what_blue_answers_does_not_count(run: Any, server: Any) -> None:
    server.answers["/stock"] = (200, {"x-task-revision": "blue:6"}, '{"umbrella": 12}')
    result = run(SELLS_UMBRELLAS)
    assert not result.passed
    assert "came from revision blue:6, not from green" in result.detail


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def check(green):\n    assert green is None", "does not hold (checks.py:2)"),
        ("def check(green):\n    return {}['key']", "check broke: KeyError: 'key' (checks.py:2)"),
        ("def check(green:\n    pass", "SyntaxError: '(' was never closed (checks.py:1)"),
        ("\nimport not_there\n", "can't be imported: ModuleNotFoundError: No module named 'not_t"),
        ("\nimport not_there\n", "'not_there' (checks.py:2)"),
        ("check = 7", "checks.py of the service has no function check"),
        ("async def check(green): pass", "check is async, and nothing awaits it"),
        (
            "from checks import CheckFailed\ndef check(green):\n    raise CheckFailed('no')",
            "check: no",
        ),
    ],
)
def test_whatever_goes_wrong_is_one_failed_check_with_one_line(
    run: Any, text: str, told: str
) -> None:
    result = run(text, "check")
    assert not result.passed
    assert told in result.detail
    assert "\n" not in result.detail


def test_file_that_is_not_there_is_one_failed_check(
    load: Callable[[str], ModuleType], green: Callable[..., Any], file: Path, failure: Any
) -> None:
    with pytest.raises(failure, match="is not in the function's package"):
        load("checks.own").check(green(), {"function": "check"}, time.monotonic())
