"""The lifecycle hooks of a service: how they reach it."""

from typing import Any


def test_hooks_ask_for_the_service_by_its_name(storefront: Any) -> None:
    asked = [
        function["Environment"]["Variables"]
        for function in storefront.each("AWS::Lambda::Function")
        if "HOST" in function.get("Environment", {}).get("Variables", {})
    ]
    assert len(asked) == 5
    for variables in asked:
        assert variables["HOST"] == "storefront.local.shop.internal"
        assert variables["TEST_PROTOCOL"] == "HTTP"
