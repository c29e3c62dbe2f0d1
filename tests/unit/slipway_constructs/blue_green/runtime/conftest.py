from collections.abc import Callable
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture
def load(
    lambda_source: Callable[[str], Callable[[str], ModuleType]], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], ModuleType]:
    """Import a module of the hooks' runtime, where nothing waits long."""
    load = lambda_source("blue_green/runtime")
    monkeypatch.setattr(load("checks.waiting"), "POLL_INTERVAL", timedelta(milliseconds=1))
    return load


@pytest.fixture
def green(load: Callable[[str], ModuleType]) -> Callable[..., Any]:
    """Make a Green like storefront's, with what a test changes."""

    def make(**changes: Any) -> Any:
        return load("checks.green").Green(
            **{
                "revision": "shop-local-storefront:7",
                "images": (),
                "desired_count": 2,
                "target_group_arn": "arn:target-group/green",
                "addresses": ("127.0.0.1",),
                "host": "storefront.example.com",
                "port": 9000,
                "production_port": 443,
                "protocol": "HTTP",
                "alarms": (),
            }
            | changes
        )

    return make


class Paginated:
    """A paginator over answers that are given beforehand."""

    def __init__(self, *pages: dict[str, Any]) -> None:
        self.pages = pages
        self.asked: dict[str, Any] = {}

    def get_paginator(self, _operation: str) -> "Paginated":
        return self

    def paginate(self, **parameters: Any) -> tuple[dict[str, Any], ...]:
        self.asked = parameters
        return self.pages


@pytest.fixture
def paginated() -> type[Paginated]:
    return Paginated
