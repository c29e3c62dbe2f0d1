from datetime import timedelta

import pytest

from slipway.page import elements


def test_a_badge_says_what_it_means_without_colours() -> None:
    assert "✓ held" in elements.badge("held", good=True)
    assert "✕ broken" in elements.badge("broken", good=False)


@pytest.mark.parametrize(
    ("status", "shown"),
    [("Succeeded", "✓ Succeeded"), ("Stopped", "✕ Stopped"), ("Skipped", ">Skipped")],
)
def test_a_status_that_is_neither_good_nor_bad_has_no_sign(status: str, shown: str) -> None:
    assert shown in elements.status(status)


def test_a_message_is_escaped_and_none_is_nothing() -> None:
    assert "&lt;b&gt;" in elements.error("<b>")
    assert elements.error(None) == elements.error("") == ""


def test_a_table_names_its_columns() -> None:
    table = elements.table(("event", "took"), [("Install", "3 s"), ("AllowTraffic", "2 s")])
    assert table.count('<th scope="col">') == 2
    assert table.count("<tr>") == 3


def test_durations_are_read_by_people() -> None:
    assert elements.duration(timedelta(seconds=59.4)) == "59 s"
    assert elements.duration(timedelta(seconds=61)) == "1 min 1 s"
    assert elements.milliseconds(timedelta(seconds=0.0123)) == "12.3\N{NO-BREAK SPACE}ms"
