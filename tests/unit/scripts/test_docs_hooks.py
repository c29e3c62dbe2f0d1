"""Pages that are written for a repository read as a site, too."""

import pytest

from scripts.docs_hooks import ROOT, beside, for_site, in_repository, in_site, navigation, nested

INDEX = """\
# Documentation

Text with a [link](how-to/first.md).

## How to

| page | for whom |
|---|---|
| [first.md](how-to/first.md) | who begins |
| who goes on, see [here](how-to/second.md) | [there](https://example.com) |
| the same page twice | [first.md](how-to/first.md) |
| a part of a page | [part](concepts/third.md#part) |

## Nothing but text

## Runbooks

| [Before all groups](runbooks/any.md) | whenever |

### Somebody is called

| [Errors](runbooks/errors.md) | at night |

### Nothing in it

## The repository

| [README](../README.md) | everybody |
"""


def lines(text):
    return list(nested(text.split("\n")))


def page(text, *, path="docs/how-to/first.md", known=("reference/service.md",), there=()):
    shown = for_site(text.split("\n"), path, in_site(path), set(known), lambda each: each in there)
    return "\n".join(shown)


def test_the_navigation_is_what_the_index_lists_in_its_order():
    assert navigation(INDEX) == [
        {"Where to begin": "README.md"},
        {"How to": ["how-to/first.md", "how-to/second.md"]},
        {"Runbooks": ["runbooks/any.md", {"Somebody is called": ["runbooks/errors.md"]}]},
        {"The repository": ["repository/readme.md"]},
    ]


def test_pages_beside_docs_are_told_apart():
    assert beside(INDEX) == ["README.md"]


@pytest.mark.parametrize(
    "path", ["docs/how-to/first.md", "README.md", "CHANGELOG.md", "services/storefront/README.md"]
)
def test_a_page_is_found_again_in_the_repository(path):
    assert in_repository(in_site(path), lambda each: (ROOT / each).exists()) == path


def test_what_is_in_a_numbered_list_is_indented_by_four():
    assert lines("1. Do:\n\n   ```sh\n   if x; then\n     y\n   fi\n   ```\n\n2. Then.") == [
        *("1. Do:", "", "    ```sh", "    if x; then", "      y", "    fi", "    ```", ""),
        "2. Then.",
    ]


def test_a_list_in_a_list_is_a_level_deeper():
    assert lines("- a\n  b\n  - c\n    d\n- e\n\nf") == [
        *("- a", "    b", "    - c", "        d", "- e", "", "f"),
    ]


def test_a_list_begins_after_an_empty_line():
    assert lines("Two things:\n- a\n- b") == ["Two things:", "", "- a", "- b"]


def test_what_is_fenced_stays_as_it_is():
    text = "```yaml\nchecks:\n- http:\n    path: /\n- [a](../b.md)\n```"
    assert page(text) == text


def test_a_link_to_a_page_leads_there_from_everywhere():
    text = "See [the\nsettings](docs/reference/service.md#keys)."
    assert page(text, path="README.md") == "See [the\nsettings](../reference/service.md#keys)."


def test_a_link_to_a_file_that_is_no_page_becomes_its_name():
    text = "[a test](../../tests/a.py), [`tests/a.py`](../../tests/a.py)"
    assert page(text, there=["tests/a.py"]) == "a test (`tests/a.py`), `tests/a.py`"


@pytest.mark.parametrize("target", ["nowhere.md", "../../nowhere.py", "https://example.com", "#up"])
def test_any_other_link_is_left_for_mkdocs_to_check(target):
    assert page(f"[a]({target})") == f"[a]({target})"


def test_a_block_that_needs_the_internet_says_so_in_its_title():
    assert page("```sh\n# needs the internet\ncurl b\n```") == (
        '```sh title="needs the internet"\ncurl b\n```'
    )


def test_a_block_that_needs_aws_says_so_in_its_title():
    assert page("1. a\n\n   ```sh\n   # needs AWS\n   aws s3 ls\n   ```") == (
        '1. a\n\n    ```sh title="needs AWS"\n    aws s3 ls\n    ```'
    )


def test_an_image_in_html_is_found_from_a_page_that_stood_beside_docs():
    line = '<img src="docs/diagrams/release.svg" width="760" alt="A release">'
    (shown,) = for_site([line], "README.md", in_site("README.md"), set(), lambda _: True)
    assert shown.startswith('<img src="../diagrams/release.svg" width')
    line = '<img src="../diagrams/release.svg" alt="A release">'
    path = "docs/concepts/pipeline.md"
    assert list(for_site([line], path, in_site(path), set(), lambda _: True)) == [line]
