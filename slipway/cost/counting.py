"""What a pricing function is given, and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from slipway.cost.inputs import Assumptions
from slipway.cost.model import HOURS_IN_A_MONTH, Group, Span
from slipway.cost.resources import Inventory, Resource

HOURS = Span.of(HOURS_IN_A_MONTH)
SECONDS = Decimal(HOURS_IN_A_MONTH * 3600)
KB_IN_A_GB = Decimal(1024 * 1024)
MB_IN_A_GB = Decimal(1024)


@dataclass(frozen=True)
class Month:
    """A month of an environment: what there is, and what the month is taken to be like."""

    inventory: Inventory
    assumed: Assumptions

    @property
    def requests(self) -> Span:
        """The requests that each load balancer serves."""
        return self.assumed["requests_per_second"] * SECONDS


@dataclass(frozen=True)
class Item:
    """What is counted of a resource."""

    group: Group
    counted: str
    quantity: Span
    price: str
    because: str


@dataclass(frozen=True)
class Free:
    """Why a resource costs nothing by itself."""

    reason: str


@dataclass(frozen=True)
class Unknown:
    """Why it can't be told what a resource costs."""

    reason: str


Count = Item | Free | Unknown
Pricing = Callable[[Resource, Month], Iterable[Count]]
