from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from storefront.circuit_breaker import CircuitBreaker

REFUSED = ConnectionRefusedError("nobody there")


class Clock:
    """Moves by hand."""

    seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker("inventory", threshold=3, pause=timedelta(seconds=10), clock=clock)


def fail(breaker: CircuitBreaker, times: int) -> None:
    for _ in range(times):
        breaker.failed(REFUSED)


def test_it_opens_after_failures_in_a_row_only(breaker: CircuitBreaker) -> None:
    fail(breaker, 2)
    breaker.succeeded()
    fail(breaker, 2)
    assert breaker.permits()
    fail(breaker, 1)
    assert not breaker.permits()


def test_after_the_pause_one_call_tries_and_the_others_go_without(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    fail(breaker, 3)
    clock.seconds += 9.9
    assert not breaker.permits()
    clock.seconds += 0.1
    assert [breaker.permits(), breaker.permits()] == [True, False]
    fail(breaker, 1)
    assert not breaker.permits()
    clock.seconds += 10
    assert breaker.permits()
    breaker.succeeded()
    assert [breaker.permits(), breaker.permits()] == [True, True]


def test_the_log_says_once_that_it_opened_and_once_that_it_closed(
    breaker: CircuitBreaker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    fail(breaker, 5)
    breaker.succeeded()
    breaker.succeeded()
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("WARNING", f"inventory is left out: 3 failures in a row, the last: {REFUSED!r}"),
        ("INFO", "inventory answers again"),
    ]
