"""What other settings would save."""

from dataclasses import replace
from decimal import Decimal

import pytest

from slipway.cost import Inventory, assumptions, estimate, price_table
from slipway.cost.knobs import NEEDED_ENDPOINTS, prices_needed_for_savings, savings
from slipway_constructs.endpoints import PURPOSES


@pytest.fixture
def saved(stacks_of):
    """Say what the knobs of an environment would save."""

    def of(environment, *, may_sleep):
        found = savings(
            stacks_of(environment), price_table("eu-west-1"), assumptions(), may_sleep=may_sleep
        )
        return {(each.knob, each.change.split(",")[0]): each for each in found}

    return of


def test_the_endpoints_of_a_network_without_nat_are_the_construct_s() -> None:
    purposes = [names for purpose, names in PURPOSES.items() if purpose != "traces"]
    assert set(NEEDED_ENDPOINTS) == {name for names in purposes for name in names} - {"s3"}


def test_one_gateway_saves_two_with_their_addresses(saved) -> None:
    found = saved("prod", may_sleep=False)["network.nat", "per-zone to single"]
    # 2 gateways at 0.048 and 2 addresses at 0.005, 730 hours each.
    assert found.low == found.high == Decimal("70.08") + Decimal("7.30")


def test_endpoints_in_every_zone_may_cost_more_than_gateways(saved) -> None:
    found = saved("prod", may_sleep=False)["network.nat", "per-zone to none"]
    # 3 gateways, their addresses and 10 GB go; 13 endpoints, and the one of X-Ray, come in 3 zones,
    # with 1 GB each.
    gone = Decimal("105.12") + Decimal("10.95") + Decimal("0.48")
    assert found.low == gone - Decimal("337.26") - Decimal("0.14")


def test_office_hours_are_for_those_who_may_sleep(saved) -> None:
    key = ("office_hours", "07:00 to 20:00")
    assert key not in saved("prod", may_sleep=False)
    assert saved("staging", may_sleep=True)[key].low > 0
    assert key not in saved("dev", may_sleep=True), "dev has them already"


def test_spot_saves_nothing_where_everything_is_spot(saved) -> None:
    found = saved("dev", may_sleep=True)
    assert ("capacity.fargate_spot_percent", "to 100") not in found
    assert ("capacity.ec2.spot_percent", "to 100") not in found
    assert saved("staging", may_sleep=True)["capacity.ec2.spot_percent", "to 100"].high > 0


def test_logs_are_not_kept_longer_to_save(saved) -> None:
    found = saved("dev", may_sleep=True)
    assert ("log_retention", "to 30d") not in found
    assert found["log_retention", "to 7d"].high > 0


def test_what_can_t_be_told_has_no_figure(saved) -> None:
    found = [each for each in saved("prod", may_sleep=False).values() if each.low is None]
    assert [each.knob for each in found] == ["Savings Plans"]
    assert found[0].high is None
    assert found[0].note


def test_the_templates_that_are_given_stay_as_they_are(stacks_of) -> None:
    stacks = stacks_of("staging")
    prices, assumed = price_table("eu-west-1"), assumptions()
    before = estimate("it", Inventory(stacks), prices, assumed)
    savings(stacks, prices, assumed, may_sleep=True)
    assert estimate("it", Inventory(stacks), prices, assumed) == before


def test_a_change_to_something_without_a_price_can_t_be_told(stacks_of) -> None:
    prices, assumed = price_table("eu-west-1"), assumptions()
    known = {name: price for name, price in prices.known.items() if "arm64" not in name}
    found = savings(stacks_of("prod"), replace(prices, known=known), assumed, may_sleep=False)
    (graviton,) = [each for each in found if each.knob.startswith("architecture")]
    assert (graviton.low, graviton.high) == (None, None)
    assert "fargate.arm64" in graviton.note


def test_the_prices_of_what_would_come_are_asked_for_too(stacks_of) -> None:
    needed = prices_needed_for_savings(stacks_of("prod"), assumptions(), may_sleep=False)
    assert {"nat.hour", "endpoint.hour", "fargate.arm64.gb-hour", "ec2.m6g.large.hour"} <= needed
