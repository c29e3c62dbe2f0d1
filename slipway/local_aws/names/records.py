"""What the record sets of hosted zones mean in addresses."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable
from typing import Any

Record = dict[str, Any]

_LONGEST_CHAIN = 8


def domain(name: str) -> str:
    """Spell a domain name one way: no dot at its end, lower case."""
    return name.removesuffix(".").lower()


def addresses_by_name(zones: Collection[str], records: Iterable[Record]) -> dict[str, list[str]]:
    """Return the addresses that each name of the zones leads to, over aliases and CNAMEs.

    A name that leads out of the zones leads to that outer name, for the real resolver to answer.
    Record sets of one name with weights or other policies are all taken, in their order.

    Parameters
    ----------
    zones
        Names of the hosted zones, as `domain` spells them.
    records
        Record sets as MiniStack keeps them; only those of type A and CNAME count.
    """
    targets: dict[str, list[str]] = {}
    for record in records:
        if record["Type"] in ("A", "CNAME"):
            targets.setdefault(domain(record["Name"]), []).extend(_targets(record))

    def follow(target: str, steps: int) -> list[str]:
        if _is_address(target) or not is_held(zones, target):
            return [target]
        if steps == 0:
            return []
        return [end for each in targets.get(target, ()) for end in follow(each, steps - 1)]

    return {name: follow(name, _LONGEST_CHAIN) for name in targets}


def is_held(zones: Collection[str], name: str) -> bool:
    """Tell whether a name is that of a zone, or below it."""
    return any(name == zone or name.endswith(f".{zone}") for zone in zones)


def _targets(record: Record) -> list[str]:
    if alias := record.get("AliasTarget"):
        # The console and the CDK alias a load balancer by a name that has IPv6 addresses too.
        return [domain(alias["DNSName"]).removeprefix("dualstack.")]
    return [domain(value) for value in record.get("ResourceRecords", ())]


def _is_address(target: str) -> bool:
    try:
        ipaddress.IPv4Address(target)
    except ValueError:
        return False
    return True
