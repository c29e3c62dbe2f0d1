"""The page of estimates, prices and assumptions is what the command would say."""

from scripts.cost_reference import ASSUMPTIONS, PAGE, page
from slipway.cost import assumptions


def test_the_page_is_not_stale() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        f"{PAGE.name} is stale: run .venv/bin/python scripts/cost_reference.py"
    )


def test_every_assumption_is_on_the_page_and_says_what_it_is() -> None:
    shown = PAGE.read_text(encoding="utf-8")
    assert ASSUMPTIONS.exists()
    for name in assumptions().spans:
        assert f"| `{name}` | " in shown
