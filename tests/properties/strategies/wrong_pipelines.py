"""Pipelines that are wrong by a rule between values, or by one of AWS or git."""

import copy
from typing import Any

from strategies.applications import Application
from strategies.wrong_environments import Rule
from strategies.yaml_text import Quoted


def _pipeline(told: str = "pipeline", /, **values: Any) -> Rule:
    """A pipeline to one environment, wrong by some values; ``place``: those of the environment."""

    def break_(application: Application, name: str) -> str:
        place = {"after": []} | values.get("place", {})
        application.application["pipeline"] = {
            "host": {"provider": "github"},
            "repository": "example/shop",
        } | {key: value for key, value in values.items() if key != "place"}
        for environment in application.environments.values():
            environment.pop("pipeline", None)
        application.environments[name].pop("tooling", None)
        application.environments[name]["pipeline"] = place
        return told

    return break_


def _a_registry_beside_the_pipeline(application: Application, name: str) -> str:
    _pipeline()(application, name)
    region = application.environments[name]["region"]
    application.environments[name]["tooling"] = {"account": Quoted("9" * 12), "region": region}
    return "tooling must go"


def _no_pipeline(application: Application, name: str) -> str:
    _pipeline()(application, name)
    del application.application["pipeline"]
    return "pipeline must go"


def _nobody_in_the_pipeline(application: Application, name: str) -> str:
    _pipeline()(application, name)
    del application.environments[name]["pipeline"]
    return "pipeline has no environment"


def _in_a_circle(application: Application, name: str) -> str:
    _pipeline(place={"after": ["zz"]})(application, name)
    application.services.clear()
    application.environments["zz"] = copy.deepcopy(application.environments[name])
    application.environments["zz"].pop("domain", None)
    application.environments["zz"] |= {"plain_http": "A copy.", "pipeline": {"after": [name]}}
    return "makes a circle"


_CONNECTION = "arn:aws:codeconnections:eu-west-1:{}:connection/0"
_DAYS = {"start": "2026-12-24", "end": "2026-12-26", "because": "Holidays"}

_BAD_BRANCHES = (
    *("release/*", "a..b", "a b", "/a", "a/", "a//b", ".a", "a/.b", "a.lock", "a.lock/b", "@"),
    *("a.", "a@{1}", "a~1", "a^", "a:b", "a?", "a[b]", "a\\b", "-a", "{a,b}", "refs/a", "a" * 256),
)
_BAD_REPOSITORIES = (
    *("shop", "example/", "/shop", "example//shop", "https://example.com/a/b", "git@host:a/b"),
    *("example/shop.git", "exa mple/shop", "example/..", "example/shop/", "example/web/shop", ""),
)
_BAD_PATHS: dict[str, dict[str, list[str]]] = {
    "a slash": {"include": ["/a"]}, "a dot": {"exclude": ["./a"]}, "nothing": {"include": [""]},
    "above": {"include": ["../a"]}, "twice": {"include": ["a", "a"]},
    "too long": {"include": ["a" * 256]}, "both": {"include": ["a"], "exclude": ["a"]},
    "too many": {"exclude": list("abcdefghi")},
}  # fmt: skip

PIPELINE_RULES: dict[str, Rule] = {
    **{f"a branch: {each[:20]}": _pipeline(branch=each) for each in _BAD_BRANCHES},
    **{f"a repository: {each}": _pipeline(repository=each) for each in _BAD_REPOSITORIES},
    **{f"paths: {kind}": _pipeline(paths=paths) for kind, paths in _BAD_PATHS.items()},
    "no connection": _pipeline(host={"connection": "arn:aws:iam::111111111111:role/a"}),
    "a connection of another account": _pipeline(
        host={"connection": _CONNECTION.format("999999999990")}
    ),
    "a provider and a connection": _pipeline(
        host={"provider": "gitlab", "connection": _CONNECTION.format("111111111111")}
    ),
    "no address of the pipeline": _pipeline(notifications={"email": ["a"]}),
    "after itself": lambda application, name: _pipeline(place={"after": [name]})(application, name),
    "after nobody": _pipeline(place={"after": ["zz-nobody"]}),
    "after one twice": _pipeline(place={"after": ["a", "a"]}),
    "in a circle": _in_a_circle,
    "a freeze that ends before it starts": _pipeline(
        place={"freezes": [_DAYS | {"end": "2026-12-23"}]}
    ),
    "a freeze on no day": _pipeline(place={"freezes": [_DAYS | {"start": "2026-12-32"}]}),
    "a window that ends before it starts": _pipeline(
        place={"window": {"start": Quoted("09:00"), "end": Quoted("09:00"), "time_zone": "UTC"}}
    ),
    "a registry beside the pipeline": _a_registry_beside_the_pipeline,
    "a place in no pipeline": _no_pipeline,
    "nobody in the pipeline": _nobody_in_the_pipeline,
}
"""What breaks an application, given the name of one of its environments."""
