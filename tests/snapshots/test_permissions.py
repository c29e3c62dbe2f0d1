"""docs/reference/permissions.md: what every role may do, as somebody reads it who signs."""

from pathlib import Path

from policies.iam.page import page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "permissions.md"


def test_the_page_of_permissions_is_what_the_templates_say(iam, request):
    current = page(iam)
    if request.config.getoption("--record"):
        PAGE.write_text(current, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == current, (
        "docs/reference/permissions.md is stale: run `make snapshots` and review the difference "
        "with git diff."
    )
