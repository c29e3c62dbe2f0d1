"""The service's own checks of a release, with a stand-in for green."""

from types import SimpleNamespace

import checks
import pytest


class FakeGreen:
    """Answers as the new tasks would."""

    def __init__(self, inventory):
        self._inventory = inventory

    def get(self, path):
        assert path == "/"
        return SimpleNamespace(status=200, json={"inventory": self._inventory})


def test_enough_items_on_the_home_page_pass():
    green = FakeGreen({"version": "1", "stock": {"book": 12, "lamp": 7}})
    assert checks.shows_the_stock(green, at_least=2) == "/ shows 2 items"


def test_too_few_items_on_the_home_page_fail():
    with pytest.raises(AssertionError, match="expected at least 3 items, but / shows 2"):
        checks.shows_the_stock(FakeGreen({"stock": {"book": 12, "lamp": 7}}), at_least=3)


def test_the_shop_opens_without_the_inventory():
    assert "opens without it" in checks.shows_the_stock(FakeGreen(None), at_least=1)
