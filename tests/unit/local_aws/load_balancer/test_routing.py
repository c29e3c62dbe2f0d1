"""Rules are tried in order, and weights decide between target groups."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from slipway.local_aws.load_balancer.routing import (
    Listener,
    Request,
    Rule,
    action_for,
    choose_target_group,
    forward_weights,
    redirect_location,
    target_groups_of,
)

REQUEST = Request("GET", "/orders/7", "page=2", {"host": "shop.example:8080"})


def path_matches(condition: dict[str, Any], request: Request) -> bool:
    return request.path.startswith(condition["Values"][0])


def rule(prefix: str | None, name: str) -> Rule:
    conditions = ({"Field": "path-pattern", "Values": [prefix]},) if prefix else ()
    return Rule(conditions, ({"Type": "forward", "TargetGroupArn": name},))


def test_the_first_matching_rule_acts() -> None:
    rules = [rule("/users", "users"), rule("/orders", "orders"), rule(None, "default")]
    action = action_for(rules, REQUEST, path_matches)
    assert action is not None
    assert action["TargetGroupArn"] == "orders"


def test_the_default_rule_acts_when_no_other_matches() -> None:
    action = action_for([rule("/users", "users"), rule(None, "default")], REQUEST, path_matches)
    assert action is not None
    assert action["TargetGroupArn"] == "default"


def test_requests_are_shared_out_by_weight() -> None:
    chance = random.Random(1)  # noqa: S311 - a draw that is the same every time
    drawn = Counter(
        choose_target_group([("blue", 90), ("green", 10)], chance) for _ in range(10_000)
    )
    assert drawn["green"] == pytest.approx(1000, rel=0.15)


def test_a_group_of_weight_zero_gets_nothing() -> None:
    assert {choose_target_group([("blue", 0), ("green", 1)]) for _ in range(100)} == {"green"}


@pytest.mark.parametrize("weights", [[], [("blue", 0)], [("blue", 0), ("green", 0)]])
def test_without_any_weight_there_is_no_target_group(weights: list[tuple[str, int]]) -> None:
    assert choose_target_group(weights) is None


def test_both_spellings_of_a_forward_are_read() -> None:
    assert forward_weights({"Type": "forward", "TargetGroupArn": "blue"}) == [("blue", 1)]
    groups = [{"TargetGroupArn": "blue", "Weight": 0}, {"TargetGroupArn": "green"}]
    assert forward_weights({"ForwardConfig": {"TargetGroups": groups}}) == [
        ("blue", 0),
        ("green", 1),
    ]


def test_an_idle_group_of_weight_zero_is_in_use_too() -> None:
    groups = [{"TargetGroupArn": "blue", "Weight": 1}, {"TargetGroupArn": "green", "Weight": 0}]
    rules = [Rule((), ({"Type": "forward", "ForwardConfig": {"TargetGroups": groups}},))]
    assert target_groups_of(rules) == {"blue", "green"}


@pytest.mark.parametrize(
    ("config", "location"),
    [
        ({"Port": "9000"}, "http://shop.example:9000/orders/7?page=2"),
        ({"Protocol": "HTTPS", "Port": "443"}, "https://shop.example:443/orders/7?page=2"),
        ({"Path": "/new/#{path}", "Query": ""}, "http://shop.example:8080/new/orders/7"),
    ],
)
def test_a_redirect_keeps_what_it_does_not_change(config: dict[str, str], location: str) -> None:
    assert redirect_location(config, REQUEST, listener("HTTP", 8080)) == location


def test_a_redirect_of_an_https_listener_stays_on_https() -> None:
    location = redirect_location({"Path": "/new"}, REQUEST, listener("HTTPS", 443))
    assert location == "https://shop.example:443/new?page=2"


def listener(protocol: str, port: int) -> Listener:
    return Listener("listener", "lb", "127.0.0.1", port, 60.0, (), protocol)
