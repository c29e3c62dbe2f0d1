"""The AWS Price List API, as its answers are documented."""

import json
from decimal import Decimal

import boto3
import pytest
from botocore.stub import ANY, Stubber

from slipway.cost import CostError, price_table
from slipway.cost.price_list import ask, client, merged


def product(usage, *tiers, operation=""):
    """An entry of a price list, with a price for each tier that begins somewhere."""
    return json.dumps(
        {
            "product": {"sku": "SKU", "attributes": {"usagetype": usage, "operation": operation}},
            "serviceCode": "AWSService",
            "terms": {
                "OnDemand": {
                    "SKU.TERM": {
                        "priceDimensions": {
                            f"SKU.TERM.{begin}": {
                                "unit": "Hrs",
                                "beginRange": begin,
                                "endRange": "Inf",
                                "pricePerUnit": {"USD": usd},
                            }
                            for begin, usd in tiers
                        },
                    }
                },
                "Reserved": {"SKU.OTHER": {"priceDimensions": {}}},
            },
        }
    )


@pytest.fixture
def pricing():
    made = boto3.client(
        "pricing", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    with Stubber(made) as stub:
        made.stub = stub
        yield made
        stub.assert_no_pending_responses()


def answer(pricing, *products, token=None, expected=ANY, **more):
    response = {"FormatVersion": "aws_v1", "PriceList": list(products)}
    if token:
        response["NextToken"] = token
    pricing.stub.add_response(
        "get_products",
        response,
        {"ServiceCode": ANY, "Filters": expected, **more},
    )


def test_a_product_is_found_by_region_usage_and_operation(pricing) -> None:
    answer(
        pricing,
        product("EU-RegionalNatGateway-Hours", ("0", "0.9")),
        product("EU-NatGateway-Hours", ("0", "0.0480000000")),
        expected=[
            {"Type": "TERM_MATCH", "Field": "regionCode", "Value": "eu-west-1"},
            {"Type": "TERM_MATCH", "Field": "operation", "Value": "NatGateway"},
            {"Type": "CONTAINS", "Field": "usagetype", "Value": "NatGateway-Hours"},
        ],
    )
    found = ask(pricing, "eu-west-1", ["nat.hour"])
    assert found["nat.hour"].usd == Decimal("0.048")
    assert found["nat.hour"].checked
    assert "EU-NatGateway-Hours" in found["nat.hour"].rests_on


@pytest.mark.parametrize(
    "usage", ["NatGateway-Hours", "USE1-NatGateway-Hours", "APN1-NatGateway-Hours"]
)
def test_the_region_before_a_usage_type_may_be_missing(pricing, usage: str) -> None:
    answer(pricing, product(usage, ("0", "0.045")))
    assert ask(pricing, "us-east-1", ["nat.hour"])["nat.hour"].usd == Decimal("0.045")


def test_any_instance_type_can_be_asked_for(pricing) -> None:
    answer(pricing, product("EU-BoxUsage:c7i.2xlarge", ("0", "0.38")))
    found = ask(pricing, "eu-west-1", ["ec2.c7i.2xlarge.hour"])
    assert found["ec2.c7i.2xlarge.hour"].usd == Decimal("0.38")


def test_the_first_tier_counts(pricing) -> None:
    answer(pricing, product("EU-NatGateway-Bytes", ("10240", "0.01"), ("0", "0.048")))
    assert ask(pricing, "eu-west-1", ["nat.gb"])["nat.gb"].usd == Decimal("0.048")


def test_a_free_tier_is_not_the_price(pricing) -> None:
    answer(pricing, product("EU-XRay-TracesStored", ("0", "0"), ("100000", "0.000005")))
    assert ask(pricing, "eu-west-1", ["xray.trace"])["xray.trace"].usd == Decimal("0.000005")


def test_another_name_for_the_same_usage_is_tried(pricing) -> None:
    answer(pricing)
    answer(pricing, product("USE1-AWSSecretsManager-Secret", ("0", "0.4")))
    assert ask(pricing, "us-east-1", ["secret.month"])["secret.month"].usd == Decimal("0.4")


def test_further_pages_are_read(pricing) -> None:
    answer(pricing, product("EU-Else", ("0", "9")), token="more")
    answer(pricing, product("EU-NatGateway-Hours", ("0", "0.048")), NextToken="more")
    assert ask(pricing, "eu-west-1", ["nat.hour"])["nat.hour"].usd == Decimal("0.048")


def test_what_the_list_does_not_have_keeps_the_table_s_price_and_is_marked(pricing) -> None:
    answer(pricing)
    table = price_table("eu-west-1")
    asked = ask(pricing, "eu-west-1", ["nat.hour", "dashboard", "fargate-spot.x86.gb-hour"])
    assert asked == {}
    prices = merged(table, asked, "eu-west-1")
    assert prices.known["nat.hour"].usd == table.known["nat.hour"].usd
    assert not prices.known["nat.hour"].checked
    assert prices.source == "aws"


def test_a_region_without_a_table_has_what_aws_said(pricing) -> None:
    answer(pricing, product("EUN1-NatGateway-Hours", ("0", "0.046")))
    prices = merged(None, ask(pricing, "eu-north-1", ["nat.hour"]), "eu-north-1")
    assert set(prices.known) == {"nat.hour"}


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException"])
def test_a_refusal_is_one_line(pricing, code: str) -> None:
    pricing.stub.add_client_error("get_products", code, "Not\ntoday")
    with pytest.raises(CostError, match=r"^AWS doesn't say its prices: .*Not today$"):
        ask(pricing, "eu-west-1", ["nat.hour"])


@pytest.mark.parametrize(
    ("region", "asked"), [("eu-west-1", "eu-central-1"), ("us-west-2", "us-east-1")]
)
def test_the_list_is_asked_near_the_region(region: str, asked: str) -> None:
    assert client(region).meta.region_name == asked


def test_every_product_is_the_price_of_a_table() -> None:
    from slipway.cost.price_list import _products

    assert set(_products()) <= set(price_table("eu-west-1").known)
