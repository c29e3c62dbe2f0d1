"""The estimate of each environment of tests/reference agrees with one that was made by hand."""

import ast
import operator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
import yaml

from slipway.cost import Inventory, assumptions, estimate, price_table

WRITTEN = (Path(__file__).parent / "hand_calculation.yaml").read_text()
HAND = yaml.load(WRITTEN, Loader=yaml.BaseLoader)  # noqa: S506
ENVIRONMENTS = sorted(HAND["environments"])
TOOLING = "tooling"
SERVICES = ("inventory", "storefront")
STACKS = ("network", "cluster", "observability", "releases", "registry", *SERVICES)
OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def calculated(arithmetic: str) -> Decimal:
    def value(node: ast.expr) -> Decimal:
        if isinstance(node, ast.BinOp):
            return OPERATORS[type(node.op)](value(node.left), value(node.right))
        assert isinstance(node, ast.Constant)
        return Decimal(ast.unparse(node))

    return value(ast.parse(arithmetic, mode="eval").body)


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def by_hand(environment: str) -> dict[tuple[str, str], tuple[str, Decimal, Decimal]]:
    """Return each line's price, and its quantities in the low and in the high case."""
    own = HAND["environments"][environment]
    months = Decimal(own["retention_days"]) * 24 / 730
    lines = {}
    for stack, of in written(environment, own).items():
        for counted, (price, *quantities) in of.items():
            low, high = map(calculated, quantities)
            if counted == "access logs":
                low, high = low * months, high * months
            lines[stack, counted] = (price, low, high)
            if price.startswith("logs."):
                kept = Decimal(HAND["kept_share"]) * months
                lines[stack, f"{counted}, kept"] = ("logs.stored.gb-month", low * kept, high * kept)
    return lines


def written(environment: str, own):
    """Return the lines of each stack: those that all environments have, and its own."""
    if environment == TOOLING:
        return {name: own[name] for name in ("registry", "toolchain")}
    of_services = dict.fromkeys(SERVICES, HAND["service"])
    found = {
        name: {**of_services.get(name, {}), **HAND.get(name, {}), **own.get(name, {})}
        for name in STACKS
    }
    found["network"]["access logs"] = HAND["access_logs"]
    return found


@pytest.fixture(params=ENVIRONMENTS)
def environment(request):
    return request.param


@pytest.fixture
def estimated(environment, stacks_of):
    region = HAND["environments"][environment]["region"]
    return estimate(
        environment, Inventory(stacks_of(environment)), price_table(region), assumptions()
    )


def test_every_line_agrees_to_the_cent(environment, estimated) -> None:
    prices = price_table(estimated.region).known
    prefix = "shop-" if environment == TOOLING else f"shop-{environment}-"
    expected = {
        key: (price, cents(low * prices[price].usd), cents(high * prices[price].usd))
        for key, (price, low, high) in by_hand(environment).items()
    }
    found = {
        (line.stack.removeprefix(prefix), line.counted): (line.price, line.low, line.high)
        for line in estimated.lines
    }
    assert len(found) == len(estimated.lines), "two lines of one stack count the same"
    assert found == expected


def test_the_sums_agree_to_the_cent(environment, estimated) -> None:
    own = HAND["environments"][environment]
    assert (str(estimated.low), str(estimated.high)) == (own["low"], own["high"])


def test_the_shown_lines_add_up(estimated) -> None:
    assert estimated.low == sum(line.low for line in estimated.lines)
    assert estimated.high == sum(line.high for line in estimated.lines)
    assert estimated.low == sum(part.low for part in estimated.subtotals)
    assert estimated.high == sum(part.high for part in estimated.subtotals)


def test_nothing_is_unknown(estimated) -> None:
    assert not [each for each in estimated.unpriced if not each.known]
