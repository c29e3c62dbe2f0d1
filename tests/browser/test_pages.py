"""What people open in a browser is whole and can be read: wide, narrow, light and dark."""

from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
BUILD = PROJECT / "build"
SITE = BUILD / "docs"
WIDTHS = (1280, 400)
SCHEMES = ("light", "dark")
# Who writes each report, so that its absence says what to do.
REPORTS = {
    "rehearsal/report.html": "make rehearse",
    "rehearsal-pipeline/report.html": "make rehearse-pipeline",
}
# Those that `slipway release` and its kin have left in this checkout, and a test of theirs.
RELEASES = sorted(str(each.relative_to(BUILD)) for each in BUILD.glob("releases/**/*.html"))[-3:]
CHARTS = ("rehearsal/report.html", *RELEASES)
SMALLEST = 13
"""Of what is read, in CSS pixels; labels may be 11."""


def wrong_with(page, width, scheme):
    seen, where = page.at(width, scheme), f"{scheme}, {width} px"
    if seen["overflow"] > 0:
        yield f"{where}: {seen['overflow']} px too wide: {', '.join(seen['sticking'])}"
    for kind in ("cut", "faint", "small", "broken"):
        yield from (f"{where}: {kind}: {each}" for each in seen[kind])
    if seen["body"] < SMALLEST:
        yield f"{where}: text of {seen['body']} px"
    if not seen["title"]:
        yield "no title"


def wrong(page):
    """What is wrong with a page, a line each; nothing if it is fine."""
    looks = ((width, scheme) for scheme in SCHEMES for width in WIDTHS)
    measured = [each for look in looks for each in wrong_with(page, *look)]
    return "\n".join([*page.complaints, *measured])


@pytest.mark.parametrize(
    "page", sorted(str(each.relative_to(SITE)) for each in SITE.rglob("*.html"))
)
def test_the_documentation_can_be_read(page, opened, site):
    found = wrong(opened(f"{site}/{page}"))
    assert not found, found


def written(report):
    file = BUILD / report
    assert file.exists(), f"there is no build/{report}: {REPORTS[report]} writes it"
    return file


def test_a_release_has_left_its_report():
    assert RELEASES, "there is none in build/releases: make rehearse leaves one"


@pytest.mark.parametrize("report", [*REPORTS, *RELEASES])
def test_a_report_can_be_read(report, opened):
    file = written(report)
    found = wrong(opened(file.as_uri()))
    assert not found, found


@pytest.mark.parametrize("report", CHARTS)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_report_has_its_chart(report, width, scheme, opened):
    charts = opened(written(report).as_uri()).at(width, scheme)["charts"]
    assert charts
    for chart in charts:
        assert chart["width"] > width / 2
        assert chart["height"] > 60
        assert chart["marks"] > 4


def test_the_documentation_is_searched(opened, site):
    tab = opened(f"{site}/index.html").tab
    tab.click("input[name=query]")
    tab.locator("input[name=query]").press_sequentially("termination wait")
    tab.wait_for_selector(".md-search-result__link")
    assert tab.locator(".md-search-result__link").count() > 0
