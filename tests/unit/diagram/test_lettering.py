"""Texts are measured without a font, and shortened where there is too little room."""

import pytest

from slipway.diagram import lettering


def test_a_longer_text_is_wider():
    assert lettering.width("storefront", 13) < lettering.width("storefronts", 13)


def test_bold_is_wider():
    assert lettering.width("service", 13) < lettering.width("service", 13, bold=True)


def test_what_fits_stays_as_it_is():
    assert lettering.fitted("inventory", 13, 200) == "inventory"


@pytest.mark.parametrize("room", [40, 80, 120])
def test_what_does_not_fit_loses_its_middle(room):
    name = "a-service-with-a-very-long-name.shop.example.com"
    shown = lettering.fitted(name, 13, room)
    assert lettering.width(shown, 13) <= room
    head, _, tail = shown.partition(lettering.ELLIPSIS)
    assert name.startswith(head)
    assert name.endswith(tail)


def test_words_are_broken_into_lines_that_fit():
    text = "compare /, /health, /stock, /orders with blue"
    broken = lettering.lines(text, 13, 120)
    assert " ".join(broken) == text
    assert all(lettering.width(line, 13) <= 120 for line in broken)
