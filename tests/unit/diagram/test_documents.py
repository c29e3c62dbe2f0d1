"""Every picture is a document that anything can show, and anybody can read."""

import re
from pathlib import Path

import pytest

from slipway.diagram import environment, pipeline, release
from slipway.diagram.palette import COLOURS

ROOT = Path(__file__).resolve().parents[3]
SVG = "{http://www.w3.org/2000/svg}"
READABLE = 4.5  # Of small text, as WCAG 2.2 asks at level AA.


@pytest.fixture(scope="module", params=["environment", "pipeline", "release"])
def picture(request, stacks, production, read):
    drawn = {
        "environment": lambda: environment.draw(production, "shop in <prod> & more"),
        "pipeline": lambda: pipeline.draw(stacks),
        "release": lambda: release.draw(production, "storefront", "A release"),
    }
    return read(drawn[request.param]())


def test_it_says_what_it_is_to_who_does_not_see_it(picture):
    assert picture.root.get("role") == "img"
    title, text = picture.root.get("aria-labelledby").split()
    said = {each.get("id"): each.text for each in picture.root}
    assert said[title]
    assert len(said[text]) > 100


def test_it_is_as_wide_as_its_place(picture):
    assert picture.root.get("viewBox")
    assert picture.root.get("width") is None
    assert picture.root.get("height") is None


def test_it_needs_nothing_from_elsewhere_and_runs_nothing(picture):
    assert not re.search(r"<script|href|url\(|@import|@font-face|\son\w+=", picture.text)
    assert re.findall(r"https?://[^\"]*", picture.text) == ["http://www.w3.org/2000/svg"]


def test_it_has_colours_for_dark_places(picture):
    assert "@media (prefers-color-scheme:dark)" in picture.text


def test_every_class_that_is_used_has_a_rule(picture):
    used = {c for each in picture.root.iter() for c in each.get("class", "").split()}
    sheet = picture.root.find(f"{SVG}style").text
    assert not {each for each in used if f".{each}{{" not in sheet}


def test_no_text_leaves_the_picture(picture):
    width = float(picture.root.get("viewBox").split()[2])
    for each in picture.root.iter(f"{SVG}text"):
        assert 0 < float(each.get("x")) < width


# Role: what the reports' style sheet calls it.
OF_REPORTS = {
    "paper": "paper",
    "card": "card",
    "ink": "ink",
    "muted": "muted",
    "blue": "version-1",
    "green": "version-2",
    "amber": "version-3",
    "violet-ink": "hook",
    "grey": "step",
    "green-ink": "good",
    "green-tint": "good-tint",
    "red": "bad",
    "red-tint": "bad-tint",
}


@pytest.mark.parametrize("role", OF_REPORTS)
def test_colours_are_those_of_the_reports(role):
    sheet = (ROOT / "slipway" / "page" / "page.css").read_text()
    light, dark = re.findall(rf"--{OF_REPORTS[role]}: (#[0-9a-f]{{6}});", sheet)[:2]
    assert COLOURS[role] == (light, dark)


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


GROUNDS = {
    "ink": ("paper", "card", "blue-tint", "amber-tint", "grey-tint", "violet-tint", "red-tint"),
    "muted": ("paper", "card", "blue-tint", "amber-tint", "grey-tint", "red-tint"),
    "amber-ink": ("card", "amber-tint"),
    "blue-ink": ("card", "paper", "blue-tint"),
    "green-ink": ("card",),
    "violet-ink": ("card", "violet-tint"),
    "white": ("blue", "green"),
}


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ink", GROUNDS)
def test_text_can_be_read_on_its_ground(ink, scheme):
    for ground in GROUNDS[ink]:
        seen = contrast(COLOURS[ink][scheme], COLOURS[ground][scheme])
        assert seen >= READABLE, f"{ink} on {ground}: {seen:.2f}"
