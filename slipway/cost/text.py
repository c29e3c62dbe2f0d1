"""How an estimate reads, for people: in 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby

from slipway.cost.model import Estimate, Line, Saving, plain

_WIDTH = 80
_AMOUNT = 11
_INDENT = "      "


def text(found: Estimate) -> str:
    """Put it as a person reads it: under each line what it rests on."""
    lines = [_row("US dollars a month", "low", "high")]
    for part in found.subtotals:
        shown = [line for line in found.lines if line.group is part.group]
        lines += ["", _row(str(part.group), _money(part.low), _money(part.high))]
        for stack, of in groupby(shown, key=lambda line: line.stack):
            worth = [line for line in of if line.high]
            if worth:
                lines.append(f"  {stack}")
            for line in worth:
                lines += _lines(line)
    lines += ["", _row("Together", _money(found.low), _money(found.high))]
    return "\n".join(
        [*lines, *_below_a_cent(found), *_savings(found), *_unknown(found), *_end(found)]
    )


def _lines(line: Line) -> Iterator[str]:
    yield _row(f"    {line.counted}", _money(line.low), _money(line.high))
    quantity = _span(line.quantity_low, line.quantity_high)
    price = f"{line.unit_price:f}{'' if line.checked else '*'}"
    unit = line.unit if line.unit == "GB" or quantity == "1" else f"{line.unit}s"
    yield from _wrapped(f"{quantity} {unit} at {price}: {line.assumption}")


def _below_a_cent(found: Estimate) -> Iterator[str]:
    small = sum(not line.high for line in found.lines)
    if small:
        yield from _wrapped(
            f"{small} more lines round to nothing in both cases: --json has them.", ""
        )


def _savings(found: Estimate) -> Iterator[str]:
    if not found.savings:
        return
    yield from ["", _row("What other settings would save, a month", "low", "high")]
    for each in found.savings:
        yield from _saving(each)


def _saving(saving: Saving) -> Iterator[str]:
    if saving.low is None or saving.high is None:
        yield _row(f"  {saving.knob}", "can't", "be told")
    else:
        yield _row(f"  {saving.knob}", _money(saving.low), _money(saving.high))
    yield from _wrapped(f"{saving.change}. {saving.note}")


def _unknown(found: Estimate) -> Iterator[str]:
    unknown = [each for each in found.unpriced if not each.known]
    if unknown:
        yield from ["", "Not in the sum, because nothing is known of it:"]
    for each in unknown:
        yield from _wrapped(f"{each.type}, {each.resources}: {each.reason}", "  ")


def _end(found: Estimate) -> Iterator[str]:
    yield ""
    free = sum(each.resources for each in found.unpriced if each.known)
    yield from _wrapped(
        f"{found.environment}, {found.region}, a month of {found.hours_in_a_month} hours. "
        f"{free} resources are free or counted with others: --json says why. No tax, discount, "
        "free tier or support plan is in it.",
        "",
    )
    starred = len(found.unchecked_prices)
    if found.prices == "aws":
        yield from _wrapped(
            f"Prices: AWS Price List API, asked on {found.price_date}. {starred} of those in use "
            "are marked *: it doesn't have them, and they come from the table.",
            "",
        )
        return
    yield from _wrapped(
        f"Prices: a table of {found.price_date}. {starred} of those in use are marked *: they were "
        "not seen for this region, see docs/concepts/costs.md.",
        "",
    )


def _row(what: str, low: str, high: str) -> str:
    room = _WIDTH - 2 * _AMOUNT
    return f"{what:<{room}.{room}}{low:>{_AMOUNT}}{high:>{_AMOUNT}}".rstrip()


def _wrapped(sentence: str, indent: str = _INDENT) -> list[str]:
    return textwrap.wrap(
        sentence, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def _span(low: Decimal, high: Decimal) -> str:
    return plain(low) if plain(low) == plain(high) else f"{plain(low)} to {plain(high)}"
