import threading
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import botocore.session
import pytest


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str | None]]:
    """The service and region of every client that is made, which takes a moment."""
    made: list[tuple[str, str | None]] = []

    def make(_session: Any, service: str, region_name: str | None, **_options: Any) -> object:
        made.append((service, region_name))
        time.sleep(0.01)
        return object()

    monkeypatch.setattr(botocore.session.Session, "create_client", make)
    return made


def test_there_is_one_client_for_a_service_and_a_region(
    load: Callable[[str], ModuleType], made: list[tuple[str, str | None]]
) -> None:
    client = load("aws").client
    assert client("ecr") is client("ecr")
    assert client("ecr") is not client("ecr", "eu-west-1")
    assert made == [("ecr", None), ("ecr", "eu-west-1")]


def test_threads_that_want_a_client_at_once_get_the_same(
    load: Callable[[str], ModuleType], made: list[tuple[str, str | None]]
) -> None:
    """A session must not make clients in several threads at once."""
    client = load("aws").client
    threads = [threading.Thread(target=client, args=("ecr",)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [("ecr", None)]
