"""docs/reference/costs.md: what the environments cost, and a price or a reason for every type."""

from scripts.cost_reference import PAGE, page
from slipway.cost import assumptions
from slipway.cost.registry import FREE, PRICED


def test_the_page_of_costs_is_what_the_templates_say(templates, request):
    current = page(templates)
    if request.config.getoption("--record"):
        PAGE.write_text(current, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == current, (
        "docs/reference/costs.md is stale: run `make snapshots` and review the difference with git "
        "diff."
    )


def test_every_type_has_a_price_or_a_reason(templates):
    types = {
        resource["Type"]
        for template in templates.values()
        for resource in template["Resources"].values()
    }
    unknown = {each for each in types - PRICED.keys() - FREE.keys() if each.startswith("AWS::")}
    assert not unknown, "give each a price or a reason in slipway/cost/registry.py"


def test_every_assumption_is_on_the_page():
    shown = PAGE.read_text(encoding="utf-8")
    assert [name for name in assumptions().spans if f"| `{name}` | " not in shown] == []
