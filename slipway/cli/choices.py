"""What an option may be, where only a few words can be: help shows them, shells complete them."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What a picture shows."""

    ENVIRONMENT = "environment"
    PIPELINE = "pipeline"
    RELEASE = "release"


class Nat(StrEnum):
    """The NAT gateways of a network."""

    NONE = "none"
    SINGLE = "single"
    PER_ZONE = "per-zone"


class Page(StrEnum):
    """A page that ``slipway open`` finds."""

    DASHBOARD = "dashboard"
    LOG = "log"
    DEPLOYMENTS = "deployments"
    TASKS = "tasks"
    SITE = "site"
    PIPELINE = "pipeline"


class PriceSource(StrEnum):
    """Where prices come from."""

    AWS = "aws"
    TABLE = "table"


def listed(kind: type[StrEnum]) -> str:
    """List what can be chosen, as a sentence does: ``none, single or per-zone``."""
    *others, last = kind
    return f"{', '.join(others)} or {last}"
