"""Every alarm says where to read what to do."""

import pytest

from slipway_constructs.runbooks import Runbooks


def test_a_description_ends_with_the_page() -> None:
    runbooks = Runbooks("https://example.com/runbooks")
    assert runbooks.describe("It is slow", "latency.md#why") == (
        "It is slow. Runbook: https://example.com/runbooks/latency.md#why"
    )


def test_what_cloudwatch_would_cut_off_or_refuse_is_refused_here() -> None:
    with pytest.raises(ValueError, match="at most 1024 characters, not"):
        Runbooks("x" * 1024).describe("It is slow", "latency.md")
