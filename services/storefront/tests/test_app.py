from __future__ import annotations

import asyncio
import logging

import pytest
from starlette.testclient import TestClient
from storefront import __version__
from storefront.app import create_app
from storefront.settings import Settings

REVISION = "shop-test-storefront:7"


@pytest.fixture
def draining() -> asyncio.Event:
    return asyncio.Event()


@pytest.fixture
def client(draining: asyncio.Event) -> TestClient:
    settings = Settings(session_key="of the tests", greeting="Welcome, tester")
    app = create_app(settings, revision=REVISION, draining=draining)
    return TestClient(app, raise_server_exceptions=False)


def test_home_greets_and_says_which_version_answers(client: TestClient) -> None:
    response = client.get("/")
    assert response.status_code == 200
    assert response.json() == {
        "service": "storefront",
        "message": "Welcome, tester",
        "version": __version__,
        "revision": REVISION,
        "inventory": None,
    }


def test_version_proves_the_secret_without_revealing_it(client: TestClient) -> None:
    response = client.get("/version")
    assert response.json() == {
        "version": __version__,
        "revision": REVISION,
        # printf 'storefront fingerprint' | openssl dgst -sha256 -hmac 'of the tests' | cut -c-12
        "secret_fingerprint": "3566b2f37ec5",  # pragma: allowlist secret: a digest of SECRET
    }
    assert "of the tests" not in response.text


@pytest.mark.parametrize("path", ["/", "/health", "/version", "/no-such-page"])
def test_every_response_names_its_task(client: TestClient, path: str) -> None:
    assert client.get(path).headers["x-task-revision"] == REVISION


def test_an_error_response_names_its_task(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Settings, "secret_fingerprint", property(lambda _: 1 / 0))
    response = client.get("/version")
    assert response.status_code == 500
    assert response.headers["x-task-revision"] == REVISION


def test_while_draining_requests_are_answered_and_connections_closed(
    client: TestClient, draining: asyncio.Event
) -> None:
    assert "connection" not in client.get("/").headers
    draining.set()
    for path in ("/", "/health"):
        response = client.get(path)
        assert response.status_code == 200
        assert response.headers["connection"] == "close"


def test_a_request_is_one_log_line_with_its_outcome(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "storefront")
    client.get("/no-such-page?card=4111")
    [record] = caplog.records
    fields = record.__dict__["fields"]
    assert fields.pop("duration_ms") >= 0
    assert fields == {
        "method": "GET",
        "path": "/no-such-page",
        "status": 404,
        "revision": REVISION,
    }


def test_health_requests_are_logged_for_debugging_only(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "storefront")
    client.get("/health")
    assert [record.levelno for record in caplog.records] == [logging.DEBUG]
