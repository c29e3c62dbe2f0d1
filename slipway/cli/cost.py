"""``slipway cost``: what an environment costs in a month, estimated from its templates."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from slipway.changes import AssembledStack, AssemblyError, assembled_stacks
from slipway.cli import output
from slipway.cli.assembly import assembly_of
from slipway.cli.options import LOCAL
from slipway.cli.usage import UsageError
from slipway.cost import (
    Assumptions,
    CostError,
    Inventory,
    Prices,
    Span,
    assumptions,
    estimate,
    price_table,
    priced_regions,
)
from slipway.cost.knobs import prices_needed_for_savings, savings
from slipway.cost.text import text
from slipway.settings import Settings, load
from slipway.settings.names import ENVIRONMENT_STACKS

if TYPE_CHECKING:
    Source = Literal["aws", "table"]

TOOLING = "tooling"
"""What the stacks beside the environments are called: the registry and the pipeline."""


def show(
    root: Path,
    environment: str | None,
    *,
    assembly: Path | None,
    as_json: bool,
    source: Source | None,
    own_assumptions: Path | None,
    requests: tuple[float | None, float | None],
) -> int:
    """Estimate a month and print it.

    Parameters
    ----------
    environment
        Its name; none for the registry and the pipeline.
    source
        Where prices come from; none: AWS, where there are credentials, else the table.
    own_assumptions
        A file with other numbers than those that are shipped.
    requests
        Requests a second in the low and in the high case.

    Raises
    ------
    SettingsError
        There is no such environment, or the settings are wrong.
    CostError
        The region has no prices, or the file can't be used.
    RehearsalError
        The synthesis failed, or the environment is rehearsed and no rehearsal is kept.
    AssemblyError
        The assembly can't be read, or holds none of these stacks.
    """
    settings = load(root)
    place = settings.environment(environment) if environment else settings.application.tooling
    assumed = _assumptions(own_assumptions, requests)
    folder = assembly_of(root, environment, assembly)
    stacks = _stacks(settings, environment, folder)
    may_sleep = _may_sleep(settings, environment)
    if source is None and environment == LOCAL:
        source = "table"
    needed = prices_needed_for_savings(stacks, assumed, may_sleep=may_sleep)
    prices = _prices(source, place.region, needed)
    turned = savings(stacks, prices, assumed, may_sleep=may_sleep)
    found = estimate(environment or TOOLING, Inventory(stacks), prices, assumed, turned)
    output.show(found, text=text(found), as_json=as_json)
    return 0


def _stacks(settings: Settings, environment: str | None, folder: Path) -> list[AssembledStack]:
    """Return the stacks of an environment, or those that belong to none."""
    owned = {
        settings.names(name).stack(each): name
        for name in settings.environments
        for each in (*ENVIRONMENT_STACKS, *settings.services(name))
    }
    found = [each for each in assembled_stacks(folder) if owned.get(each.name) == environment]
    if not found:
        raise AssemblyError(
            f"{folder} has no stack of {environment or 'the registry and the pipeline'}: "
            "leave --assembly out, and it is synthesised"
        )
    return found


def _assumptions(own: Path | None, requests: tuple[float | None, float | None]) -> Assumptions:
    assumed = assumptions(own)
    shipped = assumed["requests_per_second"]
    low, high = (
        known if given is None else Decimal(str(given))
        for given, known in zip(requests, (shipped.low, shipped.high), strict=True)
    )
    if low > high:
        raise UsageError(
            f"The low case can't have more requests a second than the high one: {low}, {high}"
        )
    return assumed.but(requests_per_second=Span(low, high))


def _prices(source: Source | None, region: str, needed: Iterable[str]) -> Prices:
    from slipway.cost import price_list

    if source == "table" or (source is None and not price_list.has_credentials()):
        return price_table(region)
    print(f"Asking AWS for its prices in {region}", file=sys.stderr, flush=True)
    table = price_table(region) if region in priced_regions() else None
    try:
        asked = price_list.ask(price_list.client(region), region, needed)
    except CostError as error:
        if table is None:
            raise
        print(f"{error}; the table of {table.date} is used instead", file=sys.stderr)
        return table
    return price_list.merged(table, asked, region)


def _may_sleep(settings: Settings, environment: str | None) -> bool:
    return environment is not None and settings.environment(environment).approval == "none"
