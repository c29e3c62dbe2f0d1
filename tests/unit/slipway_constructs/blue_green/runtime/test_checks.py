"""The registry of checks: what it runs, and what it does with a check that breaks."""

import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from slipway.settings.checks import Check


@pytest.fixture
def checks(load: Callable[[str], ModuleType]) -> ModuleType:
    return load("checks")


def run(checks: ModuleType, green: Any, *declared: dict[str, Any]) -> list[Any]:
    return list(checks.run(declared, green, deadline=time.monotonic() + 60))


def test_every_check_of_the_settings_can_be_imported(
    checks: ModuleType, load: Callable[[str], ModuleType]
) -> None:
    assert set(checks._MODULES) == set(Check.model_fields)
    for module in checks._MODULES.values():
        assert callable(load(f"checks.{module}").check)


def test_checks_run_in_their_order_and_a_failed_one_stops_no_other(
    checks: ModuleType, green: Callable[..., Any]
) -> None:
    bare = green(images=(), target_group_arn=None)
    results = run(
        checks,
        bare,
        {"image_scan": {"allowed": "medium"}},
        {"alarms_quiet": {}},
        {"targets_healthy": {}},
    )
    assert [(result.check, result.passed) for result in results] == [
        ("image_scan", False),
        ("alarms_quiet", True),
        ("targets_healthy", False),
    ]


def test_check_that_raises_something_else_has_failed(
    checks: ModuleType, green: Callable[..., Any]
) -> None:
    [result] = run(checks, green(), {"http": {}})
    assert not result.passed
    assert result.detail == "the check itself broke: KeyError: 'path'"


def test_check_module_that_cannot_be_imported_has_failed(
    checks: ModuleType, green: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(checks._MODULES, "alarms_quiet", "not_there")
    [result] = run(checks, green(), {"alarms_quiet": {}})
    assert not result.passed
    assert "ModuleNotFoundError" in result.detail


def test_check_that_nobody_knows_has_failed_and_names_the_known(
    checks: ModuleType, green: Callable[..., Any]
) -> None:
    [result] = run(checks, green(), {"httpx": {}})
    assert not result.passed
    assert "no check called httpx; there are alarms_quiet, burst, " in result.detail
