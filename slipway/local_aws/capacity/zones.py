"""The availability zones of subnets."""

from __future__ import annotations

from collections.abc import Iterable

from ministack.services import ec2


def zones_of(subnets: Iterable[str], account: str, region: str) -> dict[str, str]:
    """Return each subnet's zone; those that EC2 doesn't know are left out."""
    records = {item: ec2._subnets.get_scoped(account, region, item) for item in subnets}
    return {item: str(record["AvailabilityZone"]) for item, record in records.items() if record}
