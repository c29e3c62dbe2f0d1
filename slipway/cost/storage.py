"""Images, files and names."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from slipway.cost.counting import Count, Free, Item, Month, Unknown
from slipway.cost.load_balancers import access_log_gb
from slipway.cost.model import HOURS_IN_A_MONTH, Group, Span
from slipway.cost.resources import Resource

_GROUP = Group.STORAGE
_FOR_EVER_DAYS = 3653


def repository(_resource: Resource, month: Month) -> Iterator[Count]:
    """Price the images of a repository; basic scanning is free."""
    size = month.assumed["image_gb"]
    yield Item(_GROUP, "images", size, "ecr.gb-month", f"{size} GB in each repository")


def scanning(resource: Resource, _month: Month) -> Iterator[Count]:
    """Price how a registry scans images: basic scanning is free, Amazon Inspector isn't."""
    if resource.get("ScanType") == "ENHANCED":
        yield Unknown("Amazon Inspector charges for each image; images.scanning: basic is free")
        return
    yield Free("basic scanning is free")


def cache(_resource: Resource, _month: Month) -> Iterator[Count]:
    """Price a registry's cache of other registries: what it holds isn't known."""
    yield Unknown("which images it holds, and how large they are, templates don't say")


def signing(_resource: Resource, _month: Month) -> Iterator[Count]:
    """Price the signatures of images: what AWS Signer asks for one, and what storing them costs."""
    yield Unknown("nobody has read what AWS Signer asks for a signature, nor counted their storage")


def bucket(resource: Resource, month: Month) -> Iterator[Count]:
    """Price what a bucket holds: access logs, once they are full, or artifacts."""
    written = access_log_gb(month, resource)
    if written.high:
        days = _days(resource)
        kept = Decimal(days * 24) / HOURS_IN_A_MONTH
        yield Item(
            _GROUP,
            "access logs",
            written * kept,
            "s3.gb-month",
            f"{days} days of them, {month.assumed['access_log_kb_per_request']} KB for a request",
        )
        return
    size = month.assumed["artifact_gb"]
    yield Item(_GROUP, "files in buckets", size, "s3.gb-month", f"{size} GB in each bucket")


def hosted_zone(_resource: Resource, _month: Month) -> Iterator[Count]:
    """Price a hosted zone; queries for names of load balancers are free."""
    yield Item(Group.NETWORK, "hosted zones", Span.of(1), "route53.zone-month", "each")


def _days(bucket: Resource) -> int:
    rules = bucket.get("LifecycleConfiguration", {}).get("Rules", [])
    return min(
        (int(each["ExpirationInDays"]) for each in rules if "ExpirationInDays" in each),
        default=_FOR_EVER_DAYS,
    )
