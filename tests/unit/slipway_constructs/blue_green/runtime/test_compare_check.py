"""Green compared with blue, against real servers."""

import json
import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

GREEN = "shop-local-storefront:7"
BLUE = "shop-local-storefront:6"


@pytest.fixture
def blue(server_class: type[Any]) -> Iterator[Any]:
    running = server_class()
    yield running
    running.close()


@pytest.fixture
def check(
    load: Callable[[str], ModuleType], green: Callable[..., Any], server: Any, blue: Any
) -> Callable[..., str]:
    module = load("checks.compare")

    def run(
        *,
        is_cure: bool = False,
        replaces: str | None = "shop-local-storefront:6",
        seconds: float = 60,
        **settings: Any,
    ) -> str:
        target = green(
            port=server.port, production_port=blue.port, is_cure=is_cure, replaces=replaces
        )
        declared = {"paths": ["/"]} | settings
        said: str = module.check(target, declared, time.monotonic() + seconds)
        return said

    return run


def answer(revision: str, document: Any, status: int = 200) -> tuple[Any, ...]:
    text = document if isinstance(document, str) else json.dumps(document)
    return (status, {"x-task-revision": revision}, text)


def test_the_same_answers_pass_and_each_side_is_asked_for_each_path(
    check: Any, server: Any, blue: Any
) -> None:
    for path in ("/", "/stock"):
        server.answers[path] = answer(GREEN, {"stock": [1, 2]})
        blue.answers[path] = answer(BLUE, {"stock": [1, 2]})
    assert check(paths=["/", "/stock"], requests=2) == f"/, /stock: {GREEN} answers as blue does"
    for side in (server, blue):
        assert [path for _, path, _ in side.requests] == ["/", "/", "/stock", "/stock"]


def test_another_status_fails(check: Any, server: Any, blue: Any, failure: type[Exception]) -> None:
    server.answers["/"] = answer(GREEN, {}, status=404)
    blue.answers["/"] = answer(BLUE, {})
    with pytest.raises(failure, match="to answer 200 as blue does, but green answered 404"):
        check()


def test_places_that_differ_are_named_and_their_content_is_not(
    check: Any, server: Any, blue: Any, failure: type[Exception]
) -> None:
    server.answers["/"] = answer(GREEN, {"version": "2", "stock": {"mug": 4711}, "new": 1})
    blue.answers["/"] = answer(BLUE, {"version": "1", "stock": {"mug": 30}, "old": 1})
    with pytest.raises(failure, match="differs at /stock/mug, /new, /old; what") as raised:
        check(ignore=["/version"])
    assert "4711" not in str(raised.value)


def test_ignored_places_may_differ_with_all_that_is_below_them(
    check: Any, server: Any, blue: Any
) -> None:
    server.answers["/"] = answer(GREEN, {"version": "2", "stock": {"mug": 1}, "new": 1})
    blue.answers["/"] = answer(BLUE, {"version": "1", "stock": {"mug": 30}})
    check(ignore=["/version", "/stock", "/new"])


def test_a_document_against_a_page_fails(
    check: Any, server: Any, blue: Any, failure: type[Exception]
) -> None:
    server.answers["/"] = answer(GREEN, "<html>")
    blue.answers["/"] = answer(BLUE, {})
    with pytest.raises(failure, match="only blue answered JSON"):
        check()


def test_pages_are_compared_by_their_status_alone(check: Any, server: Any, blue: Any) -> None:
    server.answers["/"] = answer(GREEN, "<p>new")
    blue.answers["/"] = answer(BLUE, "<p>old")
    check()


@pytest.mark.parametrize(
    ("ours", "theirs", "told"),
    [
        (BLUE, BLUE, f"came from revision {BLUE}, not from green"),
        (GREEN, GREEN, f"on the production listener came from green {GREEN} itself"),
    ],
)
def test_each_side_proves_who_it_is(
    check: Any, server: Any, blue: Any, failure: type[Exception], ours: str, theirs: str, told: str
) -> None:
    server.answers["/"] = answer(ours, {})
    blue.answers["/"] = answer(theirs, {})
    with pytest.raises(failure, match=told):
        check()


def test_blue_that_names_no_revision_is_asked_for_its_version(
    check: Any, server: Any, blue: Any, failure: type[Exception]
) -> None:
    server.answers["/"] = answer(GREEN, {})
    blue.answers["/"] = (200, {}, "{}")
    with pytest.raises(failure, match=f"to prove that another than {GREEN} answers"):
        check()
    blue.answers["/version"] = (200, {}, json.dumps({"revision": BLUE}))
    check()


def test_green_that_takes_longer_than_its_share_of_blues_time_fails(
    load: Callable[[str], ModuleType], failure: type[Exception]
) -> None:
    module = load("checks.compare")
    limit = {"percentile": 50, "percent_of_blue": 150}
    module._compare_latency("/", [(0.15, 0.1)] * 3, limit)
    with pytest.raises(failure, match=r"150 % of blue's 100 ms, but green took 200 ms over 3"):
        module._compare_latency("/", [(0.2, 0.1)] * 3, limit)


def test_tasks_of_the_live_revision_that_start_anew_are_not_compared(check: Any, blue: Any) -> None:
    """A rotated secret, or release --force: both sides have the same revision."""
    assert check(replaces="shop-local-storefront:7").startswith("not compared")
    assert blue.requests == []


def test_cure_of_something_ill_need_not_answer_like_it(check: Any, blue: Any) -> None:
    assert check(is_cure=True).startswith("not compared")
    assert blue.requests == []
