"""Write docs/reference/costs.md: the estimates of the project, its prices and its assumptions.

``make snapshots`` writes it, too, after a change of templates.
"""

import inspect
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from slipway.changes import AssembledStack, Template
from slipway.cost import Estimate, Inventory, assumptions, estimate, price_table, priced_regions
from slipway.cost.knobs import savings
from slipway.cost.registry import FREE, PRICED
from slipway.settings import Settings, load

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "costs.md"
ASSUMPTIONS = ROOT / "slipway" / "cost" / "assumptions.yaml"
RECORDED = ROOT / "tests" / "snapshots" / "recorded"

HEAD = """\
# Estimates, prices, assumptions

What `slipway cost` says of the environments of this project, with the prices of the tables, and all
that it rests on. [Costs](../concepts/costs.md) tells how it counts and what it leaves out. The page
is written by `make snapshots`, and after a change of prices or assumptions by `.venv/bin/python
scripts/cost_reference.py`; `make test` fails where it is stale.
"""


def page(templates: Mapping[str, Template]) -> str:
    """Return the page.

    Parameters
    ----------
    templates
        Those of the project, by the names of their stacks.
    """
    settings = load(ROOT)
    estimates = [estimate_of(settings, name, templates) for name in settings.environments]
    parts = [
        HEAD,
        *_estimates(estimates),
        *_savings(max(estimates, key=lambda each: each.high)),
        *_prices(),
        *_assumptions(),
        *_types(),
    ]
    return "\n".join(parts) + "\n"


def estimate_of(settings: Settings, name: str, templates: Mapping[str, Template]) -> Estimate:
    """Estimate an environment of the project."""
    place = settings.environment(name)
    prices, assumed = price_table(place.region), assumptions()
    prefix = f"{settings.names(name).prefix}-"
    stacks = [
        AssembledStack(stack, "", template)
        for stack, template in sorted(templates.items())
        if stack.startswith(prefix)
    ]
    turned = savings(stacks, prices, assumed, may_sleep=place.approval == "none")
    return estimate(name, Inventory(stacks), prices, assumed, turned)


def _estimates(estimates: list[Estimate]) -> Iterator[str]:
    yield "## Estimates of this project\n"
    yield "US dollars a month, in the low and in the high case.\n"
    yield "| | " + " | ".join(f"`{each.environment}`, {each.region}" for each in estimates) + " |"
    yield "|---|" + "--:|" * len(estimates)
    groups = dict.fromkeys(part.group for each in estimates for part in each.subtotals)
    for group in groups:
        cells = []
        for each in estimates:
            part = next((part for part in each.subtotals if part.group is group), None)
            cells.append(f"{part.low:,} to {part.high:,}" if part else "")
        yield f"| {group} | " + " | ".join(cells) + " |"
    sums = " | ".join(f"**{each.low:,} to {each.high:,}**" for each in estimates)
    yield f"| **Together** | {sums} |\n"


def _savings(found: Estimate) -> Iterator[str]:
    yield f"## What other settings would save in `{found.environment}`\n"
    yield "US dollars a month; below zero it would cost more.\n"
    yield "| setting | change | low | high | but |"
    yield "|---|---|--:|--:|---|"
    for each in found.savings:
        amounts = [
            "can't be told" if amount is None else f"{amount:,}" for amount in (each.low, each.high)
        ]
        yield f"| {each.knob} | {each.change} | {amounts[0]} | {amounts[1]} | {each.note} |"
    yield ""


def _prices() -> Iterator[str]:
    tables = [price_table(region) for region in priced_regions()]
    yield "## Prices\n"
    for table in tables:
        unseen = sum(not price.checked for price in table.known.values())
        yield (
            f"`{table.region}`: {len(table.known)} prices, looked up on {table.date}; {unseen} of "
            "them, marked *, were not seen for the region.\n"
        )
    yield "US dollars, without tax, before any discount or free tier.\n"
    yield "| price | unit | " + " | ".join(table.region for table in tables) + " | page of AWS |"
    yield "|---|---|" + "--:|" * len(tables) + "---|"
    for name, price in tables[0].known.items():
        found = [table.known[name] for table in tables]
        cells = " | ".join(f"{each.usd:f}{'' if each.checked else '*'}" for each in found)
        topic = price.page.removeprefix("https://aws.amazon.com/").partition("/")[0]
        yield f"| `{name}` | {price.unit} | {cells} | [{topic}]({price.page}) |"
    yield "\n### What was not seen for its region, and what it rests on\n"
    yield "| price | region | rests on |"
    yield "|---|---|---|"
    for table in tables:
        for name, price in table.known.items():
            if not price.checked:
                yield f"| `{name}` | {table.region} | {price.rests_on} |"
    yield ""


def _assumptions() -> Iterator[str]:
    yield "## Assumptions\n"
    yield "From `slipway/cost/assumptions.yaml`; `--assumptions FILE` replaces any of them.\n"
    yield "| assumption | low | high | |"
    yield "|---|--:|--:|---|"
    written = ASSUMPTIONS.read_text(encoding="utf-8")
    for name, low, high, comment in re.findall(
        r"^(\w+): \{ low: (\S+), high: (\S+) \}(?: # (.*))?$", written, re.MULTILINE
    ):
        yield f"| `{name}` | {low} | {high} | {comment} |"
    yield ""


def _types() -> Iterator[str]:
    yield "## Types\n"
    yield "What is counted of each CloudFormation type:\n"
    yield "| type | |"
    yield "|---|---|"
    for type_, pricing in sorted(PRICED.items()):
        told = " ".join((inspect.getdoc(pricing) or "").partition("\n\n")[0].split())
        yield f"| `{type_}` | {told.removeprefix('Price ')} |"
    yield "\nWhat costs nothing by itself:\n"
    yield "| type | why |"
    yield "|---|---|"
    for type_, why in sorted(FREE.items()):
        yield f"| `{type_}` | {why} |"


def main() -> int:
    """Write the page."""
    recorded = {
        file.stem: json.loads(file.read_text(encoding="utf-8")) for file in RECORDED.glob("*.json")
    }
    PAGE.write_text(page(recorded), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
