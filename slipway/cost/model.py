"""What an estimate consists of."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

HOURS_IN_A_MONTH = 730
"""365 days of 24 hours in twelve months: AWS's own calculator counts so."""

_CENT = Decimal("0.01")


class Group(StrEnum):
    """What people call a part of the bill."""

    COMPUTE = "Compute"
    LOAD_BALANCERS = "Load balancers"
    NETWORK = "NAT and network"
    OBSERVABILITY = "Logs, metrics and alarms"
    SECURITY = "Keys, secrets and firewall"
    STORAGE = "Images and files"
    EVENTS = "Functions and events"
    PIPELINE = "Pipeline"


@dataclass(frozen=True)
class Span:
    """A quantity in the low and in the high case."""

    low: Decimal
    high: Decimal

    @classmethod
    def of(cls, low: Decimal | int | str, high: Decimal | int | str | None = None) -> Span:
        """Make one of numbers; of one number, where both cases have the same."""
        return cls(Decimal(low), Decimal(low if high is None else high))

    def __add__(self, other: Span) -> Span:
        return Span(self.low + other.low, self.high + other.high)

    def __mul__(self, other: Span | Decimal | int) -> Span:
        factor = _span(other)
        return Span(self.low * factor.low, self.high * factor.high)

    def __truediv__(self, other: Span | Decimal | int) -> Span:
        divisor = _span(other)
        return Span(self.low / divisor.low, self.high / divisor.high)

    def __str__(self) -> str:
        low, high = plain(self.low), plain(self.high)
        return low if low == high else f"{low} to {high}"


@dataclass(frozen=True, kw_only=True)
class Line:
    """What is counted, of the resources of one type in one stack."""

    group: Group
    """The part of the bill where people look for it."""
    stack: str
    """The stack's name."""
    resources: tuple[str, ...]
    """The logical ids of the resources that are counted together."""
    type: str
    """Their CloudFormation type."""
    counted: str
    """What is counted."""
    quantity_low: Decimal
    """How much of it in a month, in the low case."""
    quantity_high: Decimal
    """How much of it in a month, in the high case."""
    unit: str
    """Of the quantity, and of the price."""
    price: str
    """The name of the price in the table."""
    unit_price: Decimal
    """In US dollars."""
    checked: bool
    """Whether the price was seen for this region, or comes from AWS itself."""
    assumption: str
    """What the quantity rests on, in a sentence."""
    low: Decimal
    """US dollars a month in the low case, in cents."""
    high: Decimal
    """US dollars a month in the high case, in cents."""


@dataclass(frozen=True, kw_only=True)
class Unpriced:
    """Resources of one type that no line counts, and why."""

    type: str
    """Their CloudFormation type."""
    resources: int
    """How many there are."""
    known: bool
    """False where it can't be told what they cost."""
    reason: str
    """Why they cost nothing, where else they are counted, or what isn't known."""


@dataclass(frozen=True, kw_only=True)
class Subtotal:
    """A part of the bill."""

    group: Group
    """Which."""
    low: Decimal
    """US dollars a month in the low case."""
    high: Decimal
    """US dollars a month in the high case."""


@dataclass(frozen=True, kw_only=True)
class Saving:
    """What another setting would save; negative where it would cost more."""

    knob: str
    """The setting, by its name in the settings' files."""
    change: str
    """From what to what."""
    low: Decimal | None
    """US dollars a month in the low case; none where it can't be told."""
    high: Decimal | None
    """US dollars a month in the high case; none where it can't be told."""
    note: str
    """What it costs besides money, or why it can't be told."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A month of an environment."""

    environment: str
    """Its name; ``tooling`` for the registry and the pipeline."""
    region: str
    """Whose prices these are."""
    prices: str
    """``table``, or ``aws`` where AWS was asked."""
    price_date: str
    """When the prices were looked up: an ISO 8601 date."""
    unchecked_prices: tuple[str, ...]
    """The prices in use that were not seen for this region."""
    hours_in_a_month: int
    """What a month is taken to have."""
    low: Decimal
    """US dollars a month in the low case: the sum of the lines."""
    high: Decimal
    """US dollars a month in the high case: the sum of the lines."""
    subtotals: tuple[Subtotal, ...]
    """The parts of the bill."""
    lines: tuple[Line, ...]
    """What is counted, by part, stack and type."""
    unpriced: tuple[Unpriced, ...]
    """What is free, counted elsewhere, or unknown."""
    savings: tuple[Saving, ...]
    """What other settings would save."""


def cents(amount: Decimal) -> Decimal:
    """Round to cents, halves up."""
    return amount.quantize(_CENT, ROUND_HALF_UP)


def plain(number: Decimal) -> str:
    """Write a number as people do: at most two decimals, or three digits that count."""
    if number == number.to_integral_value():
        return f"{int(number):,}"
    shown = number.quantize(_CENT, ROUND_HALF_UP) if abs(number) >= 1 else round_to_three(number)
    text = f"{shown:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def round_to_three(number: Decimal) -> Decimal:
    """Keep three digits that count."""
    return number.quantize(Decimal(1).scaleb(number.adjusted() - 2), ROUND_HALF_UP)


def _span(value: Span | Decimal | int) -> Span:
    return value if isinstance(value, Span) else Span.of(value)
