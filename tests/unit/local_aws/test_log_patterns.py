"""Filter patterns mean what CloudWatch Logs documents, or are refused."""

from __future__ import annotations

import json

import pytest

from slipway.local_aws.log_patterns import UnsupportedPatternError, matcher

LEVELS = '{ ($.level = "error") || ($.level = "fatal") }'


@pytest.mark.parametrize(
    ("pattern", "event", "meant"),
    [
        (LEVELS, {"level": "error"}, True),
        (LEVELS, {"level": "fatal", "message": "x"}, True),
        (LEVELS, {"level": "ERROR"}, False),
        (LEVELS, {"level": "info", "message": "error"}, False),
        (LEVELS, {}, False),
        ('{ $.level = "err*" }', {"level": "error"}, True),
        ('{ $.level != "info" }', {"level": "error"}, True),
        ('{ $.level != "info" }', {"level": "info"}, False),
        ("{ $.status >= 500 }", {"status": 503}, True),
        ("{ $.status >= 500 }", {"status": 404}, False),
        ("{ $.status >= 500 }", {"status": "503"}, False),
        ("{ $.status >= 500 }", {"status": True}, False),
        ('{ $.a.b = "x" && $.n = 1 }', {"a": {"b": "x"}, "n": 1}, True),
        ('{ $.a.b = "x" && $.n = 1 }', {"a": {"b": "x"}, "n": 2}, False),
        ('{ $.a = "1" || $.a = "2" && $.b = "3" }', {"a": "1"}, True),
        ('{ ($.a = "1" || $.a = "2") && $.b = "3" }', {"a": "1"}, False),
    ],
)
def test_json_is_compared_field_by_field(
    pattern: str, event: dict[str, object], meant: bool
) -> None:
    assert matcher(pattern)(json.dumps(event)) == meant


@pytest.mark.parametrize(
    "message", ["error", '"error"', '[{"level": "error"}]', '{"level": "error"']
)
def test_a_pattern_of_json_means_no_other_text(message: str) -> None:
    assert not matcher(LEVELS)(message)


def test_words_must_all_be_there_in_this_spelling() -> None:
    assert matcher("ERROR disk")("disk full: ERROR")
    assert not matcher("ERROR disk")("error: disk full")
    assert not matcher("ERROR")("ERRORS")
    assert matcher("")("anything")


@pytest.mark.parametrize(
    "pattern",
    [
        '{ $.level = "error" ',
        "{ $.level EXISTS }",
        '{ $.level > "error" }',
        "{ $.level = error }",
        '{ $.list[0] = "x" }',
        '{ ($.level = "error" }',
        '{ $.level = "error" $.b = 1 }',
        "{ }",
        "{ $.n = 12a }",
        "ERROR -disk",
        "?ERROR ?WARN",
        '"two words"',
        "[ip, user]",
        "%regular%",
    ],
)
def test_what_is_not_known_here_is_refused_instead_of_pretended(pattern: str) -> None:
    with pytest.raises(UnsupportedPatternError):
        matcher(pattern)
