from html.parser import HTMLParser

from slipway.page.document import document


class Page(HTMLParser):
    """What a browser would load, and whether every element is closed."""

    VOID = frozenset({"meta", "link", "img", "br", "line", "circle"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loaded += [value or "" for name, value in attrs if name in {"src", "href"}]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def page(**parts: str) -> str:
    given = {"title": "T", "over": "O", "heading": "H", "summary": "S", "sections": ""}
    return document(**{**given, **parts})


def test_a_page_needs_nothing_but_itself() -> None:
    whole = page(sections="<section>$HOME</section>", style=".own { color: red; }\n", look="wide")
    read = Page(whole)
    assert not read.open
    assert not read.loaded
    assert "<script" not in whole
    assert "@import" not in whole
    assert "url(" not in whole
    assert "$HOME" in whole, "what a section says is nothing to substitute"
    assert '<main class="wide">' in whole
    assert whole.index(".own {") < whole.index("</style>")


def test_what_is_text_is_escaped() -> None:
    whole = page(title="a < b", over="a & b", summary="<script>")
    assert "<title>a &lt; b</title>" in whole
    assert "a &amp; b" in whole
    assert "<script>" not in whole


def test_light_and_dark_are_both_there() -> None:
    whole = page()
    assert "prefers-color-scheme: dark" in whole
    assert '<meta name="color-scheme" content="light dark">' in whole
