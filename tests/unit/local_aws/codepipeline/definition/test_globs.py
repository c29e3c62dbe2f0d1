"""https://docs.aws.amazon.com/codepipeline/latest/userguide/syntax-glob.html"""

import pytest

from slipway.local_aws.codepipeline.definition.globs import matches


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("main", "main"),
        ("feature/*", "feature/login"),
        ("**", "feature/login/page"),
        ("src/**/*.py", "src/a/b.py"),
        ("src/**.py", "src/a/b.py"),
        ("*.{java,class}", "Main.class"),
        ("foo.?", "foo.c"),
        ("release-[0-9]", "release-7"),
        ("release-[!0-9]", "release-x"),
        (r"what\?", "what?"),
        (r"a\{b", "a{b"),
        ("a.b", "a.b"),
        ("a{b", "a{b"),
        ("a,b}", "a,b}"),
    ],
)
def test_a_pattern_matches_what_the_page_says(pattern, text):
    assert matches(text, [pattern])


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("main", "main2"),
        ("*", "feature/login"),
        ("feature/*", "feature/login/page"),
        ("foo.?", "foo./"),
        ("src?a", "src/a"),
        ("src[!b]a", "src/a"),
        ("release-[0-9]", "release-x"),
        ("a.b", "axb"),
        ("*.{java,class}", "Main.py"),
        (r"what\?", "whatx"),
    ],
)
def test_and_nothing_else(pattern, text):
    assert not matches(text, [pattern])


def test_one_of_several_patterns_is_enough():
    assert matches("b", ["a", "b"])
    assert not matches("b", [])
