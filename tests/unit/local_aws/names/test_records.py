"""Record sets lead to addresses, over aliases and CNAMEs."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.local_aws.names.records import addresses_by_name

ZONES = ["shop.internal", "example.com"]


def a(name: str, *addresses: str) -> dict[str, Any]:
    return {"Name": name, "Type": "A", "ResourceRecords": list(addresses)}


def cname(name: str, target: str) -> dict[str, Any]:
    return {"Name": name, "Type": "CNAME", "ResourceRecords": [target]}


def alias(name: str, target: str, record_type: str = "A") -> dict[str, Any]:
    return {"Name": name, "Type": record_type, "AliasTarget": {"DNSName": target}}


@pytest.mark.parametrize("target", ["127.20.0.1.", "dualstack.127.20.0.1."])
def test_an_alias_of_a_load_balancer_leads_to_its_address(target: str) -> None:
    found = addresses_by_name(ZONES, [alias("Inventory.shop.internal.", target)])
    assert found == {"inventory.shop.internal": ["127.20.0.1"]}


def test_names_lead_to_other_names_of_any_zone() -> None:
    records = [
        cname("www.example.com.", "inventory.shop.internal"),
        alias("inventory.shop.internal.", "real.shop.internal."),
        a("real.shop.internal.", "127.20.0.1", "127.20.0.2"),
    ]
    assert addresses_by_name(ZONES, records)["www.example.com"] == ["127.20.0.1", "127.20.0.2"]


def test_what_lies_outside_the_zones_is_left_to_the_real_resolver() -> None:
    found = addresses_by_name(ZONES, [cname("www.example.com.", "elsewhere.test.")])
    assert found == {"www.example.com": ["elsewhere.test"]}


def test_a_circle_and_a_name_without_a_record_lead_nowhere() -> None:
    records = [
        cname("one.example.com.", "two.example.com"),
        cname("two.example.com.", "one.example.com"),
        cname("three.example.com.", "missing.example.com"),
    ]
    assert addresses_by_name(ZONES, records) == {
        "one.example.com": [],
        "two.example.com": [],
        "three.example.com": [],
    }


def test_records_of_other_types_are_no_addresses() -> None:
    text = {"Name": "example.com.", "Type": "TXT", "ResourceRecords": ["127.20.0.1"]}
    assert addresses_by_name(ZONES, [text, alias("example.com.", "127.20.0.1.", "AAAA")]) == {}


def test_weighted_records_of_a_name_all_count() -> None:
    records = [
        {**a("blue.shop.internal.", "127.20.0.1"), "SetIdentifier": "one"},
        {**a("blue.shop.internal.", "127.20.0.2"), "SetIdentifier": "two"},
    ]
    assert addresses_by_name(ZONES, records)["blue.shop.internal"] == ["127.20.0.1", "127.20.0.2"]
