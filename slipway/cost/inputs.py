"""The two files of numbers: prices of a region, and what a month is taken to be like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from slipway.cost.errors import CostError
from slipway.cost.model import Span

_HERE = Path(__file__).parent
_PRICES = _HERE / "prices"
_ASSUMPTIONS = _HERE / "assumptions.yaml"

# Something is divided by them.
_DIVISORS = frozenset({"requests_per_connection", "canary_minutes"})
_LEAST, _MOST = Decimal("0.01"), Decimal(1_000_000_000)


class Price(BaseModel):
    """A price, and what it rests on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    usd: Decimal
    unit: str
    page: str
    found: str
    checked: bool
    rests_on: str


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    region: str
    date: str
    prices: dict[str, Price]


@dataclass(frozen=True)
class Prices:
    """The prices of a region."""

    region: str
    date: str
    source: Literal["table", "aws"]
    known: Mapping[str, Price]


class _Case(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class Assumptions:
    """What a month is taken to be like, by name."""

    spans: Mapping[str, Span]

    def __getitem__(self, name: str) -> Span:
        return self.spans[name]

    def but(self, **others: Span) -> Assumptions:
        """Return the same with other numbers for some names."""
        return Assumptions({**self.spans, **others})


def priced_regions() -> tuple[str, ...]:
    """Return the regions that have a table."""
    return tuple(sorted(file.stem for file in _PRICES.glob("*.yaml")))


def price_table(region: str) -> Prices:
    """Read the dated table of a region.

    Raises
    ------
    CostError
        There is none.
    """
    file = _PRICES / f"{region}.yaml"
    if region not in priced_regions():
        raise CostError(
            f"There is no price table of {region}, only of {', '.join(priced_regions())}: ask AWS "
            f"with --prices aws, or write {file.parent.name}/{file.name} beside the others"
        )
    table = _Table.model_validate(_read(file))
    return Prices(table.region, table.date, "table", table.prices)


def assumptions(own: Path | None = None) -> Assumptions:
    """Read what a month is taken to be like.

    Parameters
    ----------
    own
        A file with other numbers for some of them.

    Raises
    ------
    CostError
        That file can't be read, or has something else in it.
    """
    shipped = _spans(_ASSUMPTIONS)
    if own is None:
        return Assumptions(shipped)
    others = _spans(own)
    for name in others:
        if name not in shipped:
            raise CostError(f"{own}: {name} is no assumption; {_ASSUMPTIONS.name} lists them")
    return Assumptions({**shipped, **others})


def _spans(file: Path) -> dict[str, Span]:
    read = _read(file)
    if not isinstance(read, dict):
        raise CostError(f"{file}: must be names with {{ low: …, high: … }}")
    spans = {}
    for name, case in read.items():
        try:
            checked = _Case.model_validate(case)
        except ValidationError:
            raise CostError(f"{file}: {name} must be {{ low: …, high: … }}, two numbers") from None
        least = _LEAST if name in _DIVISORS else Decimal(0)
        if not all(least <= each <= _MOST for each in (checked.low, checked.high)):
            raise CostError(f"{file}: {name} must be between {least} and {_MOST:,}")
        spans[name] = Span(checked.low, checked.high)
    return spans


def _read(file: Path) -> Any:
    # Every scalar stays the text that is written: 0.1 is a decimal number, no binary one.
    try:
        return yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        what = " ".join(str(error).split())
        raise CostError(f"{file}: can't be read ({what})") from error
