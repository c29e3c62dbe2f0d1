"""How an estimate reads."""

import pytest

from slipway.cost import Inventory, assumptions, estimate, price_table
from slipway.cost.knobs import savings
from slipway.cost.text import text


@pytest.fixture
def shown(stacks_of):
    stacks = stacks_of("prod")
    prices, assumed = price_table("eu-west-1"), assumptions()
    turned = savings(stacks, prices, assumed, may_sleep=False)
    return text(estimate("prod", Inventory(stacks), prices, assumed, turned)).splitlines()


def test_eighty_columns_are_enough(shown) -> None:
    assert max(map(len, shown)) <= 80


def test_each_line_says_quantity_price_and_assumption(shown) -> None:
    at = shown.index(next(line for line in shown if line.startswith("    NAT gateways ")))
    assert shown[at].split() == ["NAT", "gateways", "105.12", "105.12"]
    assert shown[at + 1] == "      2,190 hours at 0.048: all hours of the month"


def test_prices_that_were_not_seen_are_marked_and_counted(shown) -> None:
    assert any("at 1.00*" in line for line in shown)
    assert any("marked *" in line for line in shown)


def test_what_is_unknown_is_told(inventory) -> None:
    found = estimate(
        "it",
        inventory({"It": ("Quantum::Computer", {})}),
        price_table("us-east-1"),
        assumptions(),
    )
    assert "Not in the sum, because nothing is known of it:" in text(found)
    assert "AWS::Quantum::Computer, 1:" in text(found)
