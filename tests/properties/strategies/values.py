"""Values of settings: names, durations, paths and text, with what people of all countries write."""

import string

from hypothesis import strategies as st

from slipway.settings.units import format_duration, format_size, parse_duration

_LETTERS, _DIGITS = string.ascii_lowercase, string.digits
_WORDS = "aZ09éßĳΩжשع漢ひ한न\U00020000"
_SIGNS = string.punctuation + " "
_SYMBOLS = "€—…\u0301\U0001f600\U0001f1ee"


def names(longest: int = 8) -> st.SearchStrategy[str]:
    """Names of ours: lower-case letters, digits, single hyphens; some as long as they may be."""
    word = st.text(_LETTERS + _DIGITS, min_size=1, max_size=5)

    def name(first: str, words: list[str], *, longer: bool) -> str:
        text = "-".join([first, *words])[:longest].rstrip("-")
        return text.ljust(longest, "x") if longer else text

    return st.builds(
        name,
        st.text(_LETTERS, min_size=1, max_size=3),
        st.lists(word, max_size=2),
        longer=st.integers(0, 4).map(lambda number: number == 4),
    )


def durations(least: str, most: str, step: str = "1s") -> st.SearchStrategy[str]:
    """Durations in whole steps, bounds included, written as 90s or as 1m30s."""
    low, high, unit = map(parse_duration, (least, most, step))
    suffix = step.lstrip(_DIGITS)

    def write(count: int, *, as_people_do: bool) -> str:
        text = format_duration(count * unit)
        return text if as_people_do or count > 999_999 else f"{count}{suffix}"

    return st.builds(write, st.integers(-(-low // unit), high // unit), as_people_do=st.booleans())


def sizes(mebibytes: st.SearchStrategy[int]) -> st.SearchStrategy[str]:
    """Sizes, in MiB or GiB."""
    return st.builds(
        lambda size, mib: f"{size}MiB" if mib else format_size(size), mebibytes, st.booleans()
    )


def texts(longest: int = 12) -> st.SearchStrategy[str]:
    """Text of many scripts, with what YAML, JSON and CloudFormation read in a way of their own."""
    return st.text(_WORDS + _SIGNS + _SYMBOLS, min_size=1, max_size=longest)


TAGS = st.text(_WORDS + " .:/=+-@_", min_size=1, max_size=12)
"""What tags may say; and names of them, but for the beginnings that AWS and Slipway keep."""

VARIABLES = st.from_regex(r"[A-Z][A-Z0-9_]{0,6}", fullmatch=True).filter(
    lambda name: name != "PORT" and not name.endswith("_URL")
)
"""Names of environment variables that nobody else sets."""

PATHS = st.text("abc/-_.~%?=&", max_size=8).map("/{}".format)
"""Paths of requests."""

POINTERS = st.lists(st.sampled_from(["a", "b c", "~0", "~1", "é", "0"]), max_size=2).map(
    lambda parts: "".join(f"/{part}" for part in parts)
)
"""JSON Pointers."""

IDENTIFIERS = st.from_regex(r"[a-z]{1,6}", fullmatch=True).filter(
    lambda name: (
        name
        not in {
            "if",
            "in",
            "is",
            "as",
            "or",
            "and",
            "not",
            "for",
            "def",
            "del",
            "try",
            "else",
            "elif",
            "from",
            "pass",
            "with",
            "async",
            "await",
            "raise",
            "class",
            "break",
            "while",
            "yield",
            "import",
            "global",
            "except",
            "lambda",
            "return",
            "assert",
            "green",
        }
    )
)
"""Names of functions and arguments in Python."""

JSON = st.recursive(
    st.one_of(st.integers(-5, 5), st.booleans(), texts(5), st.sampled_from(["1.5", "", "null"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.sampled_from("abc"), inner, max_size=2)
    ),
    max_leaves=3,
)
"""Values of JSON."""
