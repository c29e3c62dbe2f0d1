"""Prices and assumptions, as files say them."""

from decimal import Decimal

import pytest

from slipway.cost import CostError, Span, assumptions, price_table, priced_regions
from slipway.cost.model import plain


def test_every_region_has_the_same_prices() -> None:
    tables = [price_table(region).known for region in priced_regions()]
    assert len(tables) >= 2
    for table in tables:
        assert {name: price.unit for name, price in table.items()} == {
            name: price.unit for name, price in tables[0].items()
        }


@pytest.mark.parametrize("region", priced_regions())
def test_each_price_says_where_it_belongs_and_what_it_rests_on(region: str) -> None:
    table = price_table(region)
    for name, price in table.known.items():
        assert price.page.startswith("https://aws.amazon.com/"), name
        assert price.found <= table.date, name
        assert len(price.rests_on) > 20, name
        assert price.usd > 0, name


def test_a_region_without_a_table_says_what_to_do() -> None:
    with pytest.raises(CostError) as told:
        price_table("eu-north-1")
    assert str(told.value) == (
        "There is no price table of eu-north-1, only of eu-west-1, us-east-1: ask AWS with "
        "--prices aws, or write prices/eu-north-1.yaml beside the others"
    )


def test_a_region_is_no_path() -> None:
    with pytest.raises(CostError):
        price_table("../assumptions")


def test_the_high_case_costs_more_than_the_low_one() -> None:
    fewer_is_more = {"requests_per_connection"}
    for name, span in assumptions().spans.items():
        assert span.low <= span.high or name in fewer_is_more, name


def test_own_assumptions_replace_those_that_they_name(tmp_path) -> None:
    own = tmp_path / "mine.yaml"
    own.write_text("nat_gb: { low: 0.1, high: 3 }\n")
    found = assumptions(own)
    assert found["nat_gb"] == Span(Decimal("0.1"), Decimal(3))
    assert found["releases"] == assumptions()["releases"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("speed: { low: 1, high: 2 }", "speed is no assumption"),
        ("nat_gb: 3", "nat_gb must be { low: …, high: … }, two numbers"),
        ("nat_gb: { low: 1, high: many }", "nat_gb must be { low: …, high: … }, two numbers"),
        ("nat_gb: { low: -1, high: 1 }", "nat_gb must be between 0 and 1,000,000,000"),
        ("nat_gb: { low: 1, high: 1e30 }", "nat_gb must be between 0 and 1,000,000,000"),
        ("canary_minutes: { low: 0, high: 1 }", "canary_minutes must be between 0.01 and"),
        ("nat_gb: { low: nan, high: 1 }", "nat_gb must be { low: …, high: … }, two numbers"),
        ("- nat_gb", "must be names with"),
        ("nat_gb: [", "can't be read"),
    ],
)
def test_a_wrong_file_is_one_line(tmp_path, text: str, told: str) -> None:
    own = tmp_path / "mine.yaml"
    own.write_text(text)
    with pytest.raises(CostError, match=r"mine\.yaml: ") as error:
        assumptions(own)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_one_line(tmp_path) -> None:
    with pytest.raises(CostError, match="can't be read"):
        assumptions(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("number", "shown"),
    [("2628000", "2,628,000"), ("282.4404", "282.44"), ("0.000954", "0.000954"), ("0.5", "0.5")],
)
def test_numbers_are_written_as_people_do(number: str, shown: str) -> None:
    assert plain(Decimal(number)) == shown
