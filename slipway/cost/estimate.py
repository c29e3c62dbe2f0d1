"""Put an estimate together: what is counted, times what it costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from slipway.cost.counting import Free, Item, Month
from slipway.cost.inputs import Assumptions, Prices
from slipway.cost.model import (
    HOURS_IN_A_MONTH,
    Estimate,
    Group,
    Line,
    Saving,
    Span,
    Subtotal,
    Unpriced,
    cents,
)
from slipway.cost.registry import counts
from slipway.cost.resources import Inventory, Resource


def estimate(
    name: str,
    inventory: Inventory,
    prices: Prices,
    assumed: Assumptions,
    savings: Iterable[Saving] = (),
) -> Estimate:
    """Estimate a month.

    Parameters
    ----------
    name
        The environment's.
    inventory
        Its resources.
    prices
        Those of its region.
    assumed
        What the month is taken to be like.
    savings
        What other settings would save.
    """
    month = Month(inventory, assumed)
    counted: dict[tuple[Group, str, str, Item], list[tuple[Resource, Span]]] = defaultdict(list)
    unpriced: dict[tuple[str, bool, str], int] = defaultdict(int)
    for resource in inventory:
        for count in counts(resource, month):
            if isinstance(count, Item) and count.price in prices.known:
                # Of the same kind: everything but the quantity is the same.
                kind = Item(count.group, count.counted, _ANY, count.price, count.because)
                key = (count.group, resource.stack, resource.type, kind)
                counted[key].append((resource, count.quantity))
            elif isinstance(count, Item):
                missing = f"the prices have no {count.price}, which {count.counted} need"
                unpriced[resource.type, False, missing] += 1
            else:
                unpriced[resource.type, isinstance(count, Free), count.reason] += 1
    lines = tuple(
        sorted(
            (_line(key, of, prices) for key, of in counted.items()),
            key=lambda line: (list(Group).index(line.group), line.stack, line.type, line.counted),
        )
    )
    return Estimate(
        environment=name,
        region=prices.region,
        prices=prices.source,
        price_date=prices.date,
        unchecked_prices=tuple(sorted({line.price for line in lines if not line.checked})),
        hours_in_a_month=HOURS_IN_A_MONTH,
        low=_sum(line.low for line in lines),
        high=_sum(line.high for line in lines),
        subtotals=_subtotals(lines),
        lines=lines,
        unpriced=tuple(
            Unpriced(type=type_, resources=count, known=known, reason=reason)
            for (type_, known, reason), count in sorted(unpriced.items())
        ),
        savings=tuple(savings),
    )


def prices_needed(inventory: Inventory, assumed: Assumptions) -> set[str]:
    """Return the names of the prices that an estimate needs."""
    month = Month(inventory, assumed)
    return {
        count.price
        for resource in inventory
        for count in counts(resource, month)
        if isinstance(count, Item)
    }


_ANY = Span.of(0)


def _line(
    key: tuple[Group, str, str, Item], of: list[tuple[Resource, Span]], prices: Prices
) -> Line:
    group, stack, type_, kind = key
    price = prices.known[kind.price]
    quantity = sum((span for _, span in of), _ANY)
    return Line(
        group=group,
        stack=stack,
        resources=tuple(sorted(resource.logical_id for resource, _ in of)),
        type=type_,
        counted=kind.counted,
        quantity_low=quantity.low,
        quantity_high=quantity.high,
        unit=price.unit,
        price=kind.price,
        unit_price=price.usd,
        checked=price.checked,
        assumption=kind.because,
        low=cents(quantity.low * price.usd),
        high=cents(quantity.high * price.usd),
    )


def _subtotals(lines: tuple[Line, ...]) -> tuple[Subtotal, ...]:
    return tuple(
        Subtotal(
            group=group,
            low=_sum(line.low for line in lines if line.group is group),
            high=_sum(line.high for line in lines if line.group is group),
        )
        for group in Group
        if any(line.group is group for line in lines)
    )


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal("0.00"))
