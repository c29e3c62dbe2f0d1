"""Services that are wrong by a rule between values, between files, or by one of AWS."""

from collections.abc import Callable
from typing import Any

from strategies.applications import Application
from strategies.wrong_environments import Rule, put
from strategies.yaml_text import Quoted

from slipway.settings.service import OVERRIDES

_DIGEST = "@sha256:" + "0a" * 32
_SIMPLE: dict[str, Any] = {"port": 8080, "cpu": 256, "memory": "512MiB"}


def _set(**values: Any) -> Rule:
    """A simple service on Fargate with other values; two underscores for a dot."""

    def break_(application: Application, name: str) -> str:
        service = application.services[name] = dict(_SIMPLE)
        for key, value in values.items():
            put(service, key.replace("__", "."), value)
        return next(iter(values)).partition("__")[0]

    return break_


def _checks(event: str, **check: Any) -> Rule:
    """A service with one check."""
    return _set(deployment__checks={event: [check]})


def _own_checks(text: str | None, **python: Any) -> Rule:
    """A service with a check of its own, and its checks.py."""

    def break_(application: Application, name: str) -> str:
        _checks("AfterInstall", python={"function": "looks", **python})(application, name)
        application.checks.pop(name, None)
        if text is not None:
            application.checks[name] = text
        return "checks"

    return break_


def _with(rule: Rule, change: Callable[[dict[str, Any]], None], told: str | None = None) -> Rule:
    """A rule, in environments that are changed; they may be told of instead."""

    def break_(application: Application, name: str) -> str:
        of_rule = rule(application, name)
        for environment in application.environments.values():
            change(environment)
        return told or of_rule

    return break_


def _instances(environment: dict[str, Any], **ec2: Any) -> None:
    environment["capacity"] = {"ec2": {"instance_types": ["m6i.large"], **ec2}}
    environment.pop("office_hours", None)


def _without_internet(environment: dict[str, Any]) -> None:
    put(environment, "network.nat", "none")


def _other(application: Application, **values: Any) -> None:
    """Add another service."""
    application.services["zz"] = _SIMPLE | values


def _calls_itself(application: Application, name: str) -> str:
    return _set(calls=[name])(application, name)


def _calls_back(application: Application, name: str) -> str:
    _other(application, calls=[name])
    return _set(calls=["zz"])(application, name)


def _calls_outside(application: Application, name: str) -> str:
    _other(application, load_balancer={"scheme": "internet-facing"})
    return _set(calls=["zz"])(application, name)


def _one_port(**ports: int) -> Rule:
    def break_(application: Application, name: str) -> str:
        balancer = {"shared": "zz", "port": 8444, "test_port": 9001}
        _other(application, load_balancer=balancer | ports)
        for environment in application.environments.values():
            put(environment, "load_balancers.zz", {})
        return _set(load_balancer={"shared": "zz", "port": 8443})(application, name)

    return break_


def _shares(**keys: Any) -> Rule:
    return _with(
        _set(load_balancer={"shared": "zz", **keys}),
        lambda environment: put(environment, "load_balancers.zz", {}),
    )


_HTTP: dict[str, Any] = {"path": "/"}
_LATE: dict[str, Any] = {"percentile": 99, "threshold": "5s"}

SERVICE_RULES: dict[str, Rule] = {
    "fewest above most": _set(scaling={"min": 5, "max": 4}),
    "a wait as long as the interval": _set(health_check={"interval": "5s", "timeout": "5s"}),
    "a health check of half a second": _set(health_check__interval="5500ms"),
    "a path without a slash": _set(health_check__path="health"),
    "a path with a space": _set(health_check__path="/a b"),
    "a long path": _set(health_check__path="/" + "a" * 1024),
    "one port for both listeners": _set(load_balancer={"port": 9000}),
    "a stop before the drain": _set(stop_timeout="30s", load_balancer__deregistration_delay="30s"),
    "a stop longer than Fargate's": _set(stop_timeout="121s"),
    "Fargate and EC2": _set(capacity={"fargate": {}, "ec2": {}}),
    "no capacity": _set(capacity={}),
    "two bases": _set(capacity={"fargate": {"base": 1}, "fargate_spot": {"base": 1}}),
    "no weight": _set(capacity={"fargate": {"weight": 0}}),
    "a placement on Fargate": _set(placement="spread", capacity={"fargate": {}}),
    "a CPU that Fargate lacks": _set(cpu=300, capacity={"fargate": {}}),
    "a memory that Fargate lacks": _set(memory="3GiB", capacity={"fargate": {}}),
    "a collector with five processors": _set(tracing={"cpu": 5120}),
    "a canary every half minute": _set(canary={"interval": "30s"}),
    "a canary that nobody answers": _set(
        canary={}, load_balancer={"scheme": "internal", "test_port": 9000}
    ),
    "a collector without room": _set(tracing={"memory": "63MiB"}),
    "an image by its tag": _set(image="nginx:latest"),
    "an image of a private registry": _set(
        image=f"111111111111.dkr.ecr.eu-west-1.amazonaws.com/web{_DIGEST}"
    ),
    "a variable in lower case": _set(environment={"greeting": "a"}),
    "the variable of the port": _set(environment={"PORT": "80"}),
    "credentials": _set(environment={"AWS_SECRET_ACCESS_KEY": "a"}),
    "a reference that CloudFormation resolves": _set(environment={"A": "{{resolve:ssm:/a}}"}),
    "variables that are too long": _set(environment={"A": "x" * 60 * 1024}),
    "variables that are too long in bytes": _set(environment={"A": "€" * 25 * 1024}),
    "a variable plain and secret": _set(
        secrets={"A": {"name": "a", "key": "a"}}, environment={"A": "a"}
    ),
    "a secret with two keys": _set(
        secrets={"A": {"name": "a", "key": "a"}, "B": {"name": "a", "key": "b"}}
    ),
    "a secret of another": _set(secrets={"A": {"name": "shop/prod/a", "key": "a"}}),
    "a key with a colon": _set(secrets={"A": {"name": "a", "key": "a:AWSPREVIOUS"}}),
    "a call of itself": _calls_itself,
    "a call of nobody": _set(calls=["nobody-at-all"]),
    "a call twice": _set(calls=["nobody", "nobody"]),
    "a call that sets a variable": _set(calls=["zz"], environment={"ZZ_URL": "a"}),
    "a call that sets a secret": _set(calls=["zz"], secrets={"ZZ_URL": {"name": "a", "key": "a"}}),
    "calls in a circle": _calls_back,
    "a call to the internet": _with(_calls_outside, _without_internet),
    "an image from the internet": _with(_set(image=f"nginx{_DIGEST}"), _without_internet),
    "a load balancer that nobody has": _set(load_balancer__shared="nobodys"),
    "a port of another": _one_port(port=8443),
    "a test port of another": _one_port(test_port=9000),
    "the scheme of a shared one": _shares(scheme="internal"),
    "the idle timeout of a shared one": _shares(idle_timeout="60s"),
    "the rate limit of a shared one": _shares(rate_limit=100),
    "a processor that no instance has": _with(
        _set(capacity={"ec2": {}}, architecture="arm64"), _instances
    ),
    "a task larger than an instance": _with(
        _set(memory="9GiB", capacity={"ec2": {}}), lambda each: _instances(each, max=5000)
    ),
    "instances for one colour only": _with(
        _set(capacity={"ec2": {}}, memory="7GiB", scaling={"max": 4}),
        lambda environment: _instances(environment, max=7),
    ),
    "tasks without addresses": _with(
        _set(scaling={"max": 5000}),
        lambda environment: put(environment, "network.cidr", "10.0.0.0/20"),
        told="network.cidr",
    ),
    "a shift of two ways": _set(
        deployment__shift={"all_at_once": {}, "canary": {"percent": 1, "interval": "1m"}}
    ),
    "a shift of no way": _set(deployment__shift={}),
    "a shift of days": _set(deployment__shift={"linear": {"percent": 1, "interval": "30m"}}),
    "a shift in seconds": _set(deployment__shift={"canary": {"percent": 1, "interval": "90s"}}),
    "a wait of days": _set(deployment__termination_wait="2881m"),
    "waits that a pipeline can't": _set(
        deployment={
            "approval": {"before_traffic": True, "timeout": "7200m"},
            "termination_wait": "1m",
        }
    ),
    "another engine": _set(deployment__engine="ecs"),
    "an engine that is a list": _set(deployment__engine=["codedeploy"]),
    "a latency of nothing": _set(deployment__alarms__latency={"percentile": 9, "threshold": "0s"}),
    "an event that is none": _checks("BeforeLunch", alarms_quiet={}),
    "a check that is none": _checks("AfterInstall", luck={}),
    "no check": _checks("AfterInstall"),
    "two checks in one": _checks("AfterInstall", alarms_quiet={}, targets_healthy={}),
    "tasks before there are any": _checks("BeforeInstall", targets_healthy={}),
    "a request before there are tasks": _checks("BeforeInstall", http=_HTTP),
    "a request before the test listener": _checks("AfterInstall", http=_HTTP),
    "a comparison after the shift": _checks("AfterAllowTraffic", compare={"paths": ["/"]}),
    "a comparison of nothing": _checks("BeforeAllowTraffic", compare={"paths": []}),
    "a comparison of a path twice": _checks("BeforeAllowTraffic", compare={"paths": ["/", "/"]}),
    "a comparison of two answers": _checks(
        "BeforeAllowTraffic",
        compare={"paths": ["/"], "latency": {"percentile": 9, "percent_of_blue": 100}},
    ),
    "a body of HEAD": _checks("AfterAllowTraffic", http=_HTTP | {"method": "HEAD", "body": "a"}),
    "JSON of HEAD": _checks(
        "AfterAllowTraffic", http=_HTTP | {"method": "HEAD", "json": {"/a": 1}}
    ),
    "a latency that none reaches": _checks("AfterAllowTraffic", http=_HTTP | {"latency": _LATE}),
    "a place that is no pointer": _checks("AfterAllowTraffic", http=_HTTP | {"json": {"a": 1}}),
    "a number that JSON lacks": _checks(
        "AfterAllowTraffic", http=_HTTP | {"json": {"/a": "1e999"}}
    ),
    "a header that is none": _checks("AfterAllowTraffic", http=_HTTP | {"headers": {"a b": "c"}}),
    "more at once than there are": _checks(
        "AfterAllowTraffic", burst=_HTTP | {"requests": 1, "at_once": 2}
    ),
    "a scan of what nobody scans": _set(
        image=f"nginx{_DIGEST}",
        deployment__checks={"BeforeInstall": [{"image_scan": {"allowed": "low"}}]},
    ),
    "own checks without their file": _own_checks(None),
    "own checks of another name": _own_checks("def look(green):\n    pass\n"),
    "own checks that green does not fit": _own_checks("def looks():\n    pass\n"),
    "own checks that miss a setting": _own_checks("def looks(green, far):\n    pass\n"),
    "own checks with a setting too many": _own_checks(
        "def looks(green):\n    pass\n", settings={"far": 1}
    ),
    "own checks that are no Python": _own_checks("def looks(green):\n  \tpass\n }\n"),
    "own checks that are binary": _own_checks("\x00\x01"),
    "own checks that are deep": _own_checks("(" * 10_000),
    "own checks that import others": _own_checks("import requests\ndef looks(green):\n    pass\n"),
    "own checks that are large": _own_checks("# a comment\n" * 25_000),
    "an override for no environment": _set(**{OVERRIDES: {"zz-nobodys": {}}}),
    "overrides that are text": _set(**{OVERRIDES: "dev"}),
    "overrides that are a list": _set(**{OVERRIDES: ["dev"]}),
    "an account among the variables": _set(environment={Quoted("0"): "a"}),
}
"""What breaks an application, given the name of one of its services."""
