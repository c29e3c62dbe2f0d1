from types import SimpleNamespace
from typing import Any

from slipway.deploy import callees_first


def services(**calls: tuple[str, ...]) -> Any:
    return {name: SimpleNamespace(calls=called) for name, called in calls.items()}


def test_whoever_is_called_is_released_before_who_calls() -> None:
    found = callees_first(services(web=("shop", "stock"), shop=("stock",), stock=(), mail=()))
    assert found == ("stock", "shop", "web", "mail")


def test_a_service_of_somewhere_else_is_nobody_s_turn() -> None:
    assert callees_first(services(web=("elsewhere",))) == ("web",)
