"""docs/proof/unproven.md and the proofs stay in step."""

import re
from pathlib import Path

import pytest

from prove.assumptions import PAGE, read, record
from prove.errors import ProveError
from prove.proofs import PROOFS
from prove.proofs.network import SECURITY_POLICY
from prove.scenes import SCENES

ROOT = Path(__file__).resolve().parents[3]
ROWS = {row.number: row for row in read(PAGE.read_text(encoding="utf-8"))}


def test_the_page_has_rows_and_each_number_once() -> None:
    numbers = [row.number for row in read(PAGE.read_text(encoding="utf-8"))]
    assert len(numbers) == len(set(numbers))
    assert set(range(1, 61)) <= set(numbers)


@pytest.mark.parametrize("number", ROWS)
def test_a_row_names_its_proof_or_says_why_somebody_has_to_try_it(number: int) -> None:
    row = ROWS[number]
    named_by = [name for name, proof in PROOFS.items() if number in proof.rows]
    if row.proof:
        assert named_by == [row.proof]
    else:
        assert row.reason, (
            f'row {number}: "how to try it" must begin with `proof-name`: or "by hand, why:"'
        )
        assert named_by == []


def test_no_proof_names_a_row_that_is_not_there() -> None:
    assert {row for proof in PROOFS.values() for row in proof.rows} <= ROWS.keys()


def test_every_proof_waits_for_a_scene_that_is_played() -> None:
    assert {proof.after for proof in PROOFS.values()} <= {scene.name for scene in SCENES}


def test_every_scene_is_in_the_documentation_with_its_planned_minutes() -> None:
    page = (ROOT / "docs" / "proof" / "prove.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `([a-z0-9-]+)` \| (\d+) \|", page, re.MULTILINE))
    assert told == {scene.name: f"{scene.planned.seconds // 60}" for scene in SCENES}


def test_the_security_policy_is_the_one_that_listeners_name() -> None:
    listeners = ROOT / "constructs" / "slipway_constructs" / "listeners.py"
    assert f'"{SECURITY_POLICY}"' in listeners.read_text(encoding="utf-8")


PAGE_OF_TWO = """\
| | assumption | if it is wrong | how to try it | tried |
|---|---|---|---|---|
| 1 | water is wet | nobody swims | `touch`: touch it | |
| 2 | it boils | no tea | by hand, it is hot: heat it | 2026-01-01: yes |
"""


def test_what_was_seen_goes_into_the_last_column_behind_what_was_seen_before() -> None:
    page = record(PAGE_OF_TWO, {1: "2026-02-03, eu-west-1: holds: wet", 2: "again | and again"})
    first, second = read(page)
    assert first.tried == "2026-02-03, eu-west-1: holds: wet"
    assert second.tried == "2026-01-01: yes; again / and again"
    assert page.count("\n") == PAGE_OF_TWO.count("\n")
    assert record(PAGE_OF_TWO, {}) == PAGE_OF_TWO


def test_proofs_and_reasons_are_read_from_how_to_try_it() -> None:
    first, second = read(PAGE_OF_TWO)
    assert (first.proof, first.reason) == ("touch", None)
    assert (second.proof, second.reason) == (None, "it is hot")


def test_a_row_that_lacks_a_cell_is_one_line() -> None:
    with pytest.raises(ProveError, match="row 3 must have five cells"):
        list(read("| 3 | only | three | cells |\n"))
