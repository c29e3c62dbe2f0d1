"""The http check, against real servers."""

import json
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import trustme

GREEN = "shop-local-storefront:7"
BLUE = "shop-local-storefront:6"


@pytest.fixture
def http(load: Callable[[str], ModuleType]) -> ModuleType:
    return load("checks.http")


@pytest.fixture
def check(http: ModuleType, green: Callable[..., Any], server: Any) -> Callable[..., str]:
    def run(*, revision: str = GREEN, deadline: float | None = None, **settings: Any) -> str:
        deadline = time.monotonic() + 60 if deadline is None else deadline
        target = green(port=server.port, revision=revision)
        result: str = http.check(target, {"path": "/"} | settings, deadline)
        return result

    return run


def as_task(revision: str, body: str = "Welcome", status: int = 200) -> tuple[Any, ...]:
    return (status, {"x-task-revision": revision}, body)


def test_answer_as_expected_from_green_passes(check: Any, server: Any) -> None:
    server.answers["/"] = as_task(GREEN, "Welcome to the shop")
    check(body="Welcome", requests=5)
    assert len(server.requests) == 5


def test_request_carries_the_load_balancers_name_as_host(check: Any, server: Any) -> None:
    server.answers["/"] = as_task(GREEN)
    check()
    assert server.requests == [("GET", "/", f"storefront.example.com:{server.port}")]


def test_answer_from_blue_fails_however_good_it_is(
    check: Any, server: Any, failure: type[Exception]
) -> None:
    server.answers["/"] = as_task(BLUE)
    with pytest.raises(failure, match=f"came from revision {BLUE}, not from green {GREEN}"):
        check()


def test_answer_from_blue_among_the_counted_ones_fails(
    check: Any, server: Any, failure: type[Exception]
) -> None:
    server.sequence = [as_task(GREEN), as_task(GREEN), as_task(BLUE)]
    with pytest.raises(failure, match="not from green"):
        check(requests=3)


def test_without_header_the_version_document_proves_identity_before_and_after(
    check: Any, server: Any
) -> None:
    server.answers["/"] = (200, {}, "Welcome")
    server.answers["/version"] = (200, {}, json.dumps({"version": "2", "revision": GREEN}))
    check(requests=3)
    asked = [path for _, path, _ in server.requests]
    assert asked == ["/", "/version", "/", "/", "/version"]


def test_version_document_of_blue_fails(check: Any, server: Any, failure: type[Exception]) -> None:
    server.answers["/"] = (200, {}, "Welcome")
    server.answers["/version"] = (200, {}, json.dumps({"revision": BLUE}))
    with pytest.raises(failure, match=f"GET /version came from revision {BLUE}"):
        check()


@pytest.mark.parametrize("document", ["", "not JSON", "[]", "{}", '{"revision": 7}'])
def test_answer_that_proves_no_identity_fails(
    check: Any, server: Any, failure: type[Exception], document: str
) -> None:
    server.answers["/"] = (200, {}, "Welcome")
    server.answers["/version"] = (200, {}, document)
    with pytest.raises(failure, match="names no revision"):
        check()


def test_other_status_fails_and_says_both(
    check: Any, server: Any, failure: type[Exception]
) -> None:
    server.answers["/"] = as_task(GREEN, status=500)
    with pytest.raises(failure, match="expected GET / to answer 200, but it answered 500"):
        check()


def test_status_and_method_can_be_chosen(check: Any, server: Any) -> None:
    server.answers["/orders"] = as_task(GREEN, status=405)
    check(path="/orders", method="POST", status=405)
    assert server.requests[0][0] == "POST"


def test_body_without_the_expected_text_fails_without_quoting_the_body(
    check: Any, server: Any, failure: type[Exception]
) -> None:
    server.answers["/"] = as_task(GREEN, "something private")
    with pytest.raises(failure, match="to contain 'Welcome'") as raised:
        check(body="Welcome")
    assert "private" not in str(raised.value)


@pytest.mark.parametrize(
    ("percentile", "slow_answers", "passes"), [(95, 1, True), (95, 2, False), (50, 10, True)]
)
def test_latency_is_judged_at_its_percentile(
    load: Callable[[str], ModuleType],
    failure: type[Exception],
    percentile: float,
    slow_answers: int,
    passes: bool,
) -> None:
    expectations = load("checks.expectations")
    limit = {"percentile": percentile, "threshold_seconds": 0.5}
    latencies = [2.0] * slow_answers + [0.1] * (20 - slow_answers)
    if passes:
        expectations.expect_latency("GET /", latencies, limit)
    else:
        with pytest.raises(failure, match=r"95th percentile of GET / within 500 ms, .* 2000 ms"):
            expectations.expect_latency("GET /", latencies, limit)


def test_latency_above_the_threshold_fails_the_check(
    check: Any, server: Any, failure: type[Exception]
) -> None:
    server.answers["/"] = as_task(GREEN)
    with pytest.raises(failure, match="95th percentile"):
        check(latency={"percentile": 95.0, "threshold_seconds": 0.0})


def test_next_address_is_tried_when_the_first_refuses(
    http: ModuleType, green: Callable[..., Any], server: Any
) -> None:
    server.answers["/"] = as_task(GREEN)
    # Nothing listens on that loopback address.
    target = green(port=server.port, addresses=("127.0.0.2", "127.0.0.1"))
    http.check(target, {"path": "/"}, time.monotonic() + 60)


@pytest.mark.parametrize("addresses", [("127.0.0.2",), ()])
def test_no_answer_fails_and_names_where_it_was_asked(
    http: ModuleType,
    green: Callable[..., Any],
    server: Any,
    failure: type[Exception],
    addresses: tuple[str, ...],
) -> None:
    target = green(port=server.port, addresses=addresses)
    with pytest.raises(failure, match=r"expected an answer to GET / from storefront\.example\.com"):
        http.check(target, {"path": "/"}, time.monotonic() + 60)


def test_no_request_is_sent_after_the_deadline(
    check: Any, server: Any, failure: type[Exception]
) -> None:
    with pytest.raises(failure, match="time ran out"):
        check(deadline=time.monotonic() - 1)
    assert server.requests == []


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> trustme.CA:
    """An authority that this machine trusts, as Lambda's does those of public certificates."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "roots.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "roots.pem"))
    return authority


@pytest.fixture
def tls_server(server_class: type[Any]) -> Iterator[Callable[[trustme.CA, str], Any]]:
    """Start servers with a certificate of an authority, for a name."""
    running: list[Any] = []

    def start(authority: trustme.CA, name: str) -> Any:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(context)
        running.append(server_class(context))
        running[-1].answers["/"] = as_task(GREEN)
        return running[-1]

    yield start
    for server in running:
        server.close()


def ask_with_tls(http: ModuleType, green: Callable[..., Any], server: Any) -> str:
    """Ask at an address for the name storefront.example.com."""
    target = green(port=server.port, protocol="HTTPS")
    answer: str = http.check(target, {"path": "/"}, time.monotonic() + 60)
    return answer


def test_tls_connects_to_an_address_and_asks_for_the_name(
    http: ModuleType, green: Any, authority: trustme.CA, tls_server: Any
) -> None:
    server = tls_server(authority, "*.example.com")
    ask_with_tls(http, green, server)
    assert server.requests == [("GET", "/", f"storefront.example.com:{server.port}")]


def test_a_certificate_for_another_name_fails(
    http: ModuleType, green: Any, authority: trustme.CA, tls_server: Any, failure: type[Exception]
) -> None:
    server = tls_server(authority, "storefront.example.org")
    with pytest.raises(failure, match=r"not valid for 'storefront\.example\.com'"):
        ask_with_tls(http, green, server)
    assert not server.requests


@pytest.mark.usefixtures("authority")
def test_a_certificate_that_no_trusted_authority_vouches_for_fails(
    http: ModuleType, green: Any, tls_server: Any, failure: type[Exception]
) -> None:
    server = tls_server(trustme.CA(), "storefront.example.com")
    with pytest.raises(failure, match="certificate verify failed"):
        ask_with_tls(http, green, server)
    assert not server.requests


def test_expected_headers_are_found_whatever_their_case(check: Any, server: Any) -> None:
    server.answers["/"] = (200, {"x-task-revision": GREEN, "Cache-Control": "no-store"}, "")
    check(headers={"cache-control": "no-store"})


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"Cache-Control": "private"}, "Cache-Control of GET / to be 'private', but it is 'no-s"),
        ({"Content-Type": "text/html"}, "Content-Type of GET / to be 'text/html', but there is no"),
    ],
)
def test_header_that_is_missing_or_another_fails(
    check: Any, server: Any, failure: type[Exception], headers: dict[str, str], told: str
) -> None:
    server.answers["/"] = (200, {"x-task-revision": GREEN, "Cache-Control": "no-store"}, "")
    with pytest.raises(failure, match=told):
        check(headers=headers)


def test_json_is_compared_at_the_places_that_are_named(check: Any, server: Any) -> None:
    document = {"stock": {"umbrella": 12, "a/b": None}, "items": [{"id": 1.0}], "open": True}
    server.answers["/"] = as_task(GREEN, json.dumps(document))
    check(json={"/stock/umbrella": 12, "/stock/a~1b": None, "/items/0/id": 1, "/open": True})


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ('{"stock": {"umbrella": 4711}}', "/stock/umbrella of GET / to be 12, but it is another"),
        ('{"stock": {"umbrella": true}}', "but it is another bool"),
        ('{"stock": []}', "but the answer has no such place"),
        ("<html>", "but the answer is no JSON"),
    ],
)
def test_json_that_differs_fails_without_quoting_the_body(
    check: Any, server: Any, failure: type[Exception], body: str, told: str
) -> None:
    server.answers["/"] = as_task(GREEN, body)
    with pytest.raises(failure, match=told) as raised:
        check(json={"/stock/umbrella": 12})
    assert "4711" not in str(raised.value)


def test_what_has_to_be_found_out_first_is_no_latency(
    load: Callable[[str], ModuleType], green: Any, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers["/"] = as_task(GREEN)
    happened: list[str] = []

    class Facts:
        @property
        def addresses(self) -> tuple[str, ...]:
            happened.append("addresses")
            return ("127.0.0.1",)

    requests = load("checks.requests")

    def read_the_clock() -> float:
        happened.append("clock")
        return 0.0

    monkeypatch.setattr(requests, "time", SimpleNamespace(monotonic=read_the_clock))
    requests.ask(green(port=server.port, facts=Facts()), "GET", "/")
    assert happened[:2] == ["addresses", "clock"]
