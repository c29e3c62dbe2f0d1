"""Where clients reach a service."""

from types import SimpleNamespace
from typing import Any

import pytest

from slipway.cli.service import url_of

TARGET: Any = SimpleNamespace(address="shop.elb.amazonaws.com", port=8080)


@pytest.mark.parametrize(
    ("environment", "domain", "url"),
    [
        ("dev", "dev.example.com", "https://storefront.dev.example.com"),
        # Its own name is known in its network only.
        ("dev", None, "http://shop.elb.amazonaws.com:8080"),
        # Nobody resolves the domain of a rehearsal, which has a certificate all the same.
        ("local", "local.example.com", "https://shop.elb.amazonaws.com:8080"),
        ("local", None, "http://shop.elb.amazonaws.com:8080"),
    ],
)
def test_a_service_is_reached_by_its_domain_or_at_its_load_balancer(
    environment: str, domain: str | None, url: str
) -> None:
    settings: Any = SimpleNamespace(
        environment=lambda _: SimpleNamespace(domain=domain),
        url=lambda _, service: f"https://{service}.{domain or 'shop.internal'}",
    )
    assert url_of(settings, environment, "storefront", TARGET) == url
