"""Every link between the project's pages leads somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "policies").rglob("README.md")]
)

_FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^]]*\]\(([^)\s]+)\)")


def anchors_of(page: Path) -> set[str]:
    """Name the headings of a page as GitHub does: lower case, no punctuation, hyphens."""
    titles = re.findall(r"^#+ (.*)", _FENCE.sub("", page.read_text()), re.MULTILINE)
    plain = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title).lower() for title in titles]
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in plain}


def broken(page: Path) -> list[str]:
    """Return the links of a page that lead nowhere in this project."""
    lost = []
    for link in _LINK.findall(_FENCE.sub("", page.read_text())):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (
            anchor and there.suffix == ".md" and anchor not in anchors_of(there)
        ):
            lost.append(link)
    return lost


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert not broken(page)


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A page's title\n\n[here](#a-pages-title) [no](#there) [none](other.md) [out](https://a)\n"
    )
    assert broken(page) == ["#there", "other.md"]


def test_the_index_names_every_page() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    docs = ROOT / "docs"
    pages = {str(path.relative_to(docs)) for path in docs.rglob("*.md")} - {"README.md"}
    assert {page for page in pages if f"]({page})" not in index} == set()


def held_by(row: str) -> Iterator[tuple[str, bool]]:
    """Name what holds a row of a page, as its end says, each with whether it is there."""
    cell = row.rpartition("*Held by*")[2]
    rules = "".join(each.read_text() for each in (ROOT / "policies/guard").glob("*.guard"))
    faults = "".join(each.read_text() for each in (ROOT / "tests/rehearsal/faults").rglob("*.py"))
    makefile = (ROOT / "Makefile").read_text()
    for path in re.findall(r"`(tests/[^`]+)`", cell):
        yield path, (ROOT / path).exists()
    for rule in re.findall(r"`([A-Z_]+)`", cell):
        yield rule, f"rule {rule} " in rules
    for fault in re.findall(r'"([^"]+)"', cell):
        yield fault, f'"{fault}"' in faults
    for target in re.findall(r"`make ([a-z-]+)`", cell):
        yield target, f"\n{target}:" in makefile


def test_what_hurts_is_answered_by_something_that_holds_it() -> None:
    text = (ROOT / "docs/concepts/blue-green.md").read_text()
    section = text.partition("## What hurts")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")][2:]
    assert len(rows) > 10
    for row in rows:
        found = dict(held_by(row))
        assert found, row
        assert all(found.values()), f"{row}: {found}"


def test_what_does_not_hold_a_row_is_found() -> None:
    row = '| it | "is".<br>*Held by* `tests/none.py`, `NO_RULE`, "no fault", `make nothing` |'
    assert dict(held_by(row)) == dict.fromkeys(
        ["tests/none.py", "NO_RULE", "no fault", "nothing"], False
    )


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page.parent.name in {"getting-started", "how-to"}],
    ids=lambda page: page.name,
)
def test_who_has_done_what_a_page_says_finds_what_to_do_next(page: Path) -> None:
    title, last = re.split(r"^## (.*)$", page.read_text(), flags=re.MULTILINE)[-2:]
    assert title == "Next"
    assert _LINK.search(last)


@pytest.mark.parametrize(
    "page",
    [each for each in sorted((ROOT / "docs/runbooks").glob("*.md")) if "remove-" not in each.name],
    ids=lambda page: page.name,
)
def test_a_runbook_for_whoever_is_called_begins_with_a_command(page: Path) -> None:
    """Before any explanation: at night nobody reads down to the first thing to do."""
    assert page.read_text().splitlines()[1:4] == ["", "```sh", "# needs AWS"]
