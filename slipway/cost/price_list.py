"""Prices as AWS's own price list has them.

See https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_pricing_GetProducts.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import yaml
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from slipway.cost.errors import CostError
from slipway.cost.inputs import Price, Prices

_PRODUCTS = Path(__file__).parent / "products.yaml"

# What stands before a usage type: EU, USE1, eu-west-1, or nothing in us-east-1.
_REGION = re.compile(r"([A-Z]{2,3}[A-Z]?\d?|[a-z]{2}(-[a-z]+)+-\d)-")

_INSTANCE = re.compile(r"ec2\.(.+)\.hour")
_VOLUME = re.compile(r"ebs\.(.+)\.gb-month")

# Among all that bears an instance type's usage type.
# https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-an-offer.html
_LINUX = {
    "operatingSystem": "Linux",
    "preInstalledSw": "NA",
    "tenancy": "Shared",
    "capacitystatus": "Used",
}

# The price list is asked in few regions, about all of them.
# https://docs.aws.amazon.com/general/latest/gr/billing.html
_IN_EUROPE, _ELSEWHERE = "eu-central-1", "us-east-1"


@dataclass(frozen=True)
class _Product:
    service: str
    usages: tuple[str, ...]
    """Usage types without the region in front: AWS has other ones for the same in some regions."""
    filters: Mapping[str, str]
    region: str = "regionCode"
    """The attribute that names the region."""


def client(region: str) -> Any:
    """Make a client of the price list that is near a region."""
    return boto3.client(
        "pricing",
        region_name=_IN_EUROPE if region.startswith("eu-") else _ELSEWHERE,
        config=Config(
            connect_timeout=5,
            read_timeout=20,
            retries={"mode": "standard", "total_max_attempts": 3},
        ),
    )


def has_credentials() -> bool:
    """Tell whether boto3 finds credentials here."""
    try:
        return boto3.Session().get_credentials() is not None
    except BotoCoreError:
        return False


def ask(pricing: Any, region: str, names: Iterable[str]) -> dict[str, Price]:
    """Ask for some prices of a region; without those that the price list doesn't have.

    Parameters
    ----------
    pricing
        The client.
    names
        The prices, by their names in the tables.

    Raises
    ------
    CostError
        AWS refuses, or can't be reached.
    """
    listed = _products()
    known = {name: listed.get(name) or _of_ec2(name) for name in names}
    products = {name: product for name, product in known.items() if product}
    today = date.today().isoformat()
    found = {}
    try:
        for name in sorted(products):
            price = _price(pricing, region, products[name])
            if price is not None:
                found[name] = Price(
                    usd=price[0],
                    unit=price[1],
                    page="https://aws.amazon.com/pricing/",
                    found=today,
                    checked=True,
                    rests_on=f"the price list of {products[name].service}, {price[2]}",
                )
    except (BotoCoreError, ClientError) as error:
        raise CostError(f"AWS doesn't say its prices: {' '.join(str(error).split())}") from error
    return found


def merged(table: Prices | None, asked: Mapping[str, Price], region: str) -> Prices:
    """Put what AWS said over a table; what it didn't say keeps the table's price, unchecked."""
    known = {}
    for name, price in (table.known if table else {}).items():
        known[name] = price.model_copy(update={"checked": False})
    for name, price in asked.items():
        unit = known[name].unit if name in known else price.unit
        known[name] = price.model_copy(update={"unit": unit})
    return Prices(region, date.today().isoformat(), "aws", known)


def _price(pricing: Any, region: str, product: _Product) -> tuple[Decimal, str, str] | None:
    """Return the first tier of a product's On-Demand price that costs anything.

    Returns
    -------
    tuple[Decimal, str, str] | None
        The price in US dollars, its unit and its usage type.
    """
    wanted = {product.region: region, **product.filters}
    for usage in product.usages:
        for attributes, dimensions in _answers(pricing, product.service, wanted, usage):
            found = attributes.get("usagetype", "")
            if usage not in {found, _REGION.sub("", found, count=1)}:
                continue
            for each in sorted(dimensions, key=lambda one: Decimal(one.get("beginRange", 0))):
                if amount := Decimal(each["pricePerUnit"].get("USD", 0)):
                    return amount, each["unit"], found
    return None


def _answers(
    pricing: Any, service: str, wanted: Mapping[str, str], usage: str
) -> Iterator[tuple[dict[str, str], list[dict[str, Any]]]]:
    filters = [
        {"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in wanted.items()
    ]
    filters.append({"Type": "CONTAINS", "Field": "usagetype", "Value": usage})
    pages = pricing.get_paginator("get_products").paginate(ServiceCode=service, Filters=filters)
    for page in pages:
        for text in page["PriceList"]:
            entry = json.loads(text)
            terms = entry.get("terms", {}).get("OnDemand", {})
            dimensions = [
                each for term in terms.values() for each in term["priceDimensions"].values()
            ]
            yield entry["product"]["attributes"], dimensions


def _of_ec2(name: str) -> _Product | None:
    """Return what an instance or a volume is in the price list."""
    if match := _INSTANCE.fullmatch(name):
        return _Product("AmazonEC2", (f"BoxUsage:{match[1]}",), _LINUX)
    if match := _VOLUME.fullmatch(name):
        return _Product("AmazonEC2", (f"EBS:VolumeUsage.{match[1]}",), {})
    return None


def _products() -> dict[str, _Product]:
    read = yaml.safe_load(_PRODUCTS.read_text(encoding="utf-8"))
    return {
        name: _Product(
            each["service"],
            tuple(each["usages"]),
            each.get("filters", {}),
            each.get("region", "regionCode"),
        )
        for name, each in read.items()
    }
