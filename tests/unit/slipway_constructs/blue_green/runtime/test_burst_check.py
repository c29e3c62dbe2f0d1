"""The burst check, against real servers."""

import threading
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

GREEN = "shop-local-storefront:7"
BLUE = "shop-local-storefront:6"
GOOD = (200, {"x-task-revision": GREEN}, "")
BAD = (500, {"x-task-revision": GREEN}, "")


@pytest.fixture
def check(
    load: Callable[[str], ModuleType], green: Callable[..., Any], server: Any
) -> Callable[..., str]:
    module = load("checks.burst")

    def run(*, port: int = server.port, seconds: float = 60, **settings: Any) -> str:
        declared = {"path": "/", "requests": 20, "at_once": 4} | settings
        said: str = module.check(green(port=port), declared, time.monotonic() + seconds)
        return said

    return run


def test_every_request_is_sent_and_counted(check: Any, server: Any) -> None:
    server.answers["/"] = GOOD
    assert check() == f"GET /: 20 requests, 4 at once, 0 failed, all answers from {GREEN}"
    assert len(server.requests) == 20


def test_requests_are_under_way_at_once(
    check: Any, load: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch, server: Any
) -> None:
    server.answers["/"] = GOOD
    module = load("checks.burst")
    together, ask = threading.Barrier(4), module.ask

    def ask_together(*arguments: Any) -> Any:
        # Broken unless four requests wait for one another.
        together.wait(timeout=30)
        return ask(*arguments)

    monkeypatch.setattr(module, "ask", ask_together)
    check(requests=4, at_once=4)


def test_more_failures_than_tolerated_fail_with_their_kinds(
    check: Any, server: Any, failure: type[Exception]
) -> None:
    server.answers["/"] = GOOD
    server.sequence = [BAD, BAD]
    with pytest.raises(failure, match="at most 5 % of 20 requests GET / to fail, but 2 did: 2 500"):
        check(errors_percent=5)


def test_failures_up_to_the_tolerated_share_pass(check: Any, server: Any) -> None:
    server.answers["/"] = GOOD
    server.sequence = [BAD, BAD]
    assert "2 failed" in check(errors_percent=10)


def test_requests_without_an_answer_are_failures(
    check: Any, server: Any, failure: type[Exception]
) -> None:
    server.close()
    with pytest.raises(failure, match="but 20 did: 20 ConnectionRefusedError"):
        check(errors_percent=50)


def test_one_answer_from_blue_fails_whatever_is_tolerated(
    check: Any, server: Any, failure: type[Exception]
) -> None:
    server.answers["/"] = GOOD
    server.sequence = [(500, {"x-task-revision": BLUE}, "")]
    with pytest.raises(failure, match=f"came from revision {BLUE}, not from green"):
        check(errors_percent=99)


def test_answers_without_a_revision_count_when_the_version_document_vouches(
    check: Any, server: Any, failure: type[Exception]
) -> None:
    server.answers["/"] = (200, {}, "")
    with pytest.raises(failure, match="to prove that"):
        check()
    server.answers["/version"] = (200, {}, f'{{"revision": "{GREEN}"}}')
    check()


def test_latency_of_the_good_answers_is_judged(
    check: Any, server: Any, failure: type[Exception]
) -> None:
    server.answers["/"] = GOOD
    with pytest.raises(failure, match="95th percentile of GET / within 0 ms"):
        check(latency={"percentile": 95, "threshold_seconds": 0.0})


def test_burst_that_its_deadline_cuts_short_fails(
    check: Any, server: Any, failure: type[Exception]
) -> None:
    server.answers["/"] = GOOD
    with pytest.raises(failure, match="expected 20 answers to GET /, but time ran out: 0"):
        check(seconds=-1)


def test_addresses_are_asked_for_once_before_the_threads_would_all_ask(
    load: Callable[[str], ModuleType], green: Callable[..., Any], server: Any
) -> None:
    server.answers["/"] = GOOD
    asking: list[str] = []

    class Facts:
        @property
        def addresses(self) -> tuple[str, ...]:
            asking.append(threading.current_thread().name)
            return ("127.0.0.1",)

    target = green(port=server.port, facts=Facts())
    settings = {"path": "/", "requests": 4, "at_once": 2}
    load("checks.burst").check(target, settings, time.monotonic() + 60)
    assert asking[0] == threading.current_thread().name
