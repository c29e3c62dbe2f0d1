"""Environments and applications that are wrong by a rule between values, or by one of AWS."""

import copy
from collections.abc import Callable
from typing import Any

from strategies.applications import Application
from strategies.yaml_text import Quoted

Rule = Callable[[Application, str], str]
"""Breaks an application, and returns a word that one line must have."""


def put(tree: dict[str, Any], key: str, value: Any) -> None:
    """Set a value by its path, such as ``capacity.ec2.min``."""
    *way, last = key.split(".")
    for each in way:
        tree = tree.setdefault(each, {})
    tree[last] = value


def _set(**values: Any) -> Rule:
    """An environment with other values; two underscores for a dot."""

    def break_(application: Application, name: str) -> str:
        for key, value in values.items():
            put(application.environments[name], key.replace("__", "."), value)
        return next(iter(values)).partition("__")[0]

    return break_


def _application(**values: Any) -> Rule:
    def break_(application: Application, _: str) -> str:
        application.application.update(values)
        return next(iter(values))

    return break_


def _domain(**values: str) -> Rule:
    """An environment with a domain that is right but for one value."""

    def break_(application: Application, name: str) -> str:
        environment = application.environments[name]
        environment.pop("plain_http", None)
        place = {key: environment[key] for key in ("region", "account")} | values
        environment["domain"] = {
            "name": "once.example.com",
            "hosted_zone_id": "Z01234",
            "certificate": "arn:aws:acm:{region}:{account}:certificate/0".format(**place),
        } | {key: value for key, value in values.items() if key not in {"region", "account"}}
        return "domain"

    return break_


def _neither_tls_nor_a_reason(application: Application, name: str) -> str:
    for key in ("domain", "plain_http"):
        application.environments[name].pop(key, None)
    return "plain_http"


def _tls_and_a_reason(application: Application, name: str) -> str:
    _domain()(application, name)
    application.environments[name]["plain_http"] = "Nobody reaches it."
    return "plain_http"


def _zones(*letters: str) -> Rule:
    def break_(application: Application, name: str) -> str:
        environment = application.environments[name]
        region = environment["region"]
        environment["availability_zones"] = [f"{region}{letter}" for letter in letters]
        return "availability_zones"

    return break_


def _another(name: str) -> Rule:
    """Another environment, nearly the same."""

    def break_(application: Application, first: str) -> str:
        _domain()(application, first)
        application.environments[name] = copy.deepcopy(application.environments[first])
        # Their names could be too long beside that one.
        application.services.clear()
        return "domain.name"

    return break_


def _the_same_stage(application: Application, name: str) -> str:
    environment = application.environments[name]
    application.services.clear()
    application.environments |= {each: copy.deepcopy(environment) for each in ("zz-9z", "zz9z")}
    return "makes the stage Zz9z"


def _no_quotes(application: Application, name: str) -> str:
    application.environments[name]["account"] = "012345678901"
    return "in quotes"


def _registry_out_of_reach(application: Application, name: str) -> str:
    environment = application.environments[name]
    put(environment, "network.nat", "none")
    environment["tooling"] = {"account": Quoted("111111111111"), "region": "sa-east-1"}
    return "network.nat"


def _hours(**values: Any) -> Rule:
    hours = {"start": Quoted("08:00"), "end": Quoted("18:00"), "time_zone": "UTC"}
    return _set(office_hours=hours | values, approval="none", capacity__ec2__min=0)


def _asleep(**values: Any) -> Rule:
    """An environment with office hours, and something that they don't go with."""

    def break_(application: Application, name: str) -> str:
        told = _hours()(application, name)
        _set(**values)(application, name)
        return told

    return break_


_BAD_NETWORKS = {
    "version 6": "fd00::/64", "an address": "10.0.0.1/16", "somebody else": "8.8.0.0/16",
    "Docker": "172.17.0.0/16", "too small": "10.0.0.0/21", "too large": "10.0.0.0/8",
    "text": "ten", "too long a prefix": "10.0.0.0/" + "1" * 5000,
    "other digits": "1\u0660.0.0.0/16",
}  # fmt: skip
_BAD_TAGS: dict[str, dict[str, str]] = {
    "AWS's": {"aws:team": "a"}, "Slipway's": {"Slipway:owner": "a"}, "a question": {"why?": "a"},
    "nothing": {"team": ""}, "two cases": {"team": "a", "Team": "a"}, "long": {"team": "x" * 257},
    "a long key": {"k" * 129: "a"}, "too many": {f"t{number}": "a" for number in range(45)},
    "a tab": {"team": "a\tb"}, "an emoji": {"team": "\U0001f600"},
}  # fmt: skip

ENVIRONMENT_RULES: dict[str, Rule] = {
    **{f"tags: {kind}": _application(tags=tags) for kind, tags in _BAD_TAGS.items()},
    **{f"network: {kind}": _set(network__cidr=cidr) for kind, cidr in _BAD_NETWORKS.items()},
    "a name that ECS keeps": _application(application="fargate-shop"),
    "a name of several words": _application(application="the shop"),
    "too long a name": _application(application="s" * 24),
    "an owner that is no tag": _application(owner="you & me"),
    "neither TLS nor a reason": _neither_tls_nor_a_reason,
    "TLS and a reason": _tls_and_a_reason,
    "a certificate of another region": _domain(region="sa-east-1"),
    "a certificate of another account": _domain(account="999999999999"),
    "no certificate": _domain(certificate="mine"),
    "a domain in upper case": _domain(name="Shop.example.com"),
    "a domain of one word": _domain(name="shop"),
    "a hosted zone by its name": _domain(hosted_zone_id="shop"),
    "one domain twice": _another("zz-twice"),
    "one stage twice": _the_same_stage,
    "an account without quotes": _no_quotes,
    "an account of letters": _set(account=Quoted("x" * 12)),
    "an account of other digits": _set(account=Quoted("\u0661" * 12)),
    "a zone twice": _zones("a", "a"),
    "one zone": _zones("a"),
    "five zones": _zones("a", "b", "c", "d", "e"),
    "a zone with a number": _zones("a", "1"),
    "a zone of another region": _set(availability_zones=["sa-east-1a", "sa-east-1b"]),
    "fewest above most": _set(capacity__ec2__min=5, capacity__ec2__max=4),
    "more on demand than there are": _set(capacity__ec2__max=4, capacity__ec2__on_demand_base=5),
    "two architectures": _set(capacity__ec2__instance_types=["m6i.large", "m7g.large"]),
    "a type twice": _set(capacity__ec2__instance_types=["m6i.large", "m6i.large"]),
    "a type that does not trunk": _set(capacity__ec2__instance_types=["t3.large"]),
    "an endpoint twice": _set(network__endpoints=["sqs", "sqs"]),
    "an endpoint in full": _set(network__endpoints=["com.amazonaws.eu-west-1.sqs"]),
    "an address twice": _set(notifications__email=["a@example.com", "a@example.com"]),
    "no workspace": _set(notifications__slack={"workspace": "t", "channel": "C1"}),
    "no channel": _set(notifications__slack={"workspace": "T1", "channel": "#shop"}),
    "no tenant": _set(
        notifications__teams={
            "tenant": "shop",
            "team": "01234567-89ab-cdef-0123-456789abcdef",
            "channel": "19%3Aab12%40thread.tacv2",
        }
    ),
    "a channel of Teams that is not as its link has it": _set(
        notifications__teams={
            "tenant": "01234567-89ab-cdef-0123-456789abcdef",
            "team": "01234567-89ab-cdef-0123-456789abcdef",
            "channel": "19:ab12@thread.tacv2",
        }
    ),
    "no address": _set(notifications__email=["a@example"]),
    "a name of a load balancer": _set(load_balancers={"Front Door": {}}),
    "hours that end before they start": _hours(end=Quoted("07:59")),
    "hours without a zero": _hours(start=Quoted("8:00")),
    "hours of a day of 25": _hours(end=Quoted("24:30")),
    "a time zone that is none": _hours(time_zone="Mars/Olympus"),
    "no day": _hours(days=[]),
    "a day twice": _hours(days=["mon", "mon"]),
    "hours where people rely on it": _asleep(approval="required"),
    "a budget of nothing": _set(budget__monthly_usd=0),
    "a budget that tells nobody": _set(budget={"monthly_usd": 1, "actual": [], "forecast": []}),
    "a retention that CloudWatch lacks": _set(log_retention="2d"),
    "a registry out of reach": _registry_out_of_reach,
}
"""What breaks an application, given the name of one of its environments."""
