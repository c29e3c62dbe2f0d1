"""What a copy of the settings needs so that an environment fits on this machine.

An environment in AWS has things that were there before it: the registry's account, a hosted zone,
a certificate. On this machine it is alone, some of its ports may be taken, and its tasks share
processors with everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import chain
from typing import Any

from slipway.rehearsal import yaml_file
from slipway.rehearsal.cloud import LocalCloud
from slipway.rehearsal.connection import Account
from slipway.rehearsal.ports import free_port
from slipway.rehearsal.workspace import Workspace
from slipway.settings import load
from slipway.settings.checks import HttpCheck
from slipway.settings.lock import read_lock
from slipway.settings.units import format_duration, parse_duration

# A virtual machine whose host is busy stands still for more than a second now and then.
_STALL = timedelta(seconds=3)
_LONGEST_TIMEOUT = timedelta(seconds=60)
# When an environment is released, and when it is awake.
_TIMES = ("pipeline.window", "pipeline.freezes", "office_hours")


def choose_ports(workspace: Workspace, environment: str, tell: Callable[[str], None]) -> None:
    """Use the project's ports where they are free on this machine, and others elsewhere.

    Parameters
    ----------
    workspace
        The copy to change.
    environment
        The environment's name.
    tell
        Told of each port that changes.
    """
    for name, service in load(workspace.directory).services(environment).items():
        balancer = service.load_balancer
        for key, port in (
            ("port", service.port),
            ("load_balancer.port", balancer.port),
            ("load_balancer.test_port", balancer.test_port),
        ):
            free = free_port(port)
            if free != port:
                tell(f"port {port} can't be had here: {name} has {key} {free} in this run")
                _set_port(workspace, environment, name, key, free)


def fit_pipeline(workspace: Workspace, cloud: LocalCloud, tell: Callable[[str], None]) -> None:
    """Let every environment of the pipeline stand on one machine, at any time of any day.

    What a real release would wait for is left out: windows, freezes and office hours. So is who
    would ask from outside. What each
    account has before its first stack is made: hosted zones.

    Parameters
    ----------
    workspace
        A copy of the project, before its first commit.
    cloud
        The AWS that plays all of its accounts.
    tell
        Told of each port that changes.

    Raises
    ------
    SettingsError
        The settings are wrong.
    """
    allow_for_stalls(workspace)
    for environment in chain.from_iterable(load(workspace.directory).waves):
        file = f"environments/{environment.name}.yaml"
        for key in _TIMES:
            workspace.leave_out(file, key)
        choose_ports(workspace, environment.name, tell)
        leave_out_canaries(workspace, environment.name, tell)
        make_hosted_zone(workspace, environment.name, cloud)


def leave_out_canaries(workspace: Workspace, environment: str, tell: Callable[[str], None]) -> None:
    """Have nobody ask from outside: what is on this machine can't be reached from there.

    The local AWS refuses canaries of CloudWatch Synthetics.
    """
    for name, service in load(workspace.directory).services(environment).items():
        if service.canary:
            tell(f"no canary runs here: {name} has none in this run")
            for key in ("canary", f"environments.{environment}.canary"):
                workspace.leave_out(f"services/{name}/service.yaml", key)


def keep_registry_with(workspace: Workspace, environment: str) -> None:
    """Let an environment pull its images from its own account: the only one there is.

    It is deployed from here then, as environments that are in no pipeline are.
    """
    settings = load(workspace.directory)
    place = settings.environment(environment)
    if place.tooling is None:
        file = f"environments/{environment}.yaml"
        for other in settings.environments:
            workspace.leave_out(f"environments/{other}.yaml", "pipeline")
        workspace.leave_out("slipway.yaml", "pipeline")
        workspace.set(file, "tooling.account", place.account)
        workspace.set(file, "tooling.region", place.region)


def make_hosted_zone(workspace: Workspace, environment: str, cloud: LocalCloud) -> None:
    """Make the hosted zone of an environment's domain, as somebody once made the real one.

    It is in the environment's account, whichever the local AWS plays beside it.
    """
    place = load(workspace.directory).environment(environment)
    if (domain := place.domain) is not None:
        zone = (
            cloud.connection_to(Account(place.account, place.region))
            .client("route53")
            .create_hosted_zone(Name=domain.name, CallerReference=environment)
        )
        zone_id = zone["HostedZone"]["Id"].rpartition("/")[2]
        workspace.set(f"environments/{environment}.yaml", "domain.hosted_zone_id", zone_id)


def allow_for_stalls(workspace: Workspace) -> None:
    """Let checks and alarms of every service bear that this machine stands still for a moment.

    All requests that are under way are late then, by as much. Twenty at once of two hundred are
    ten percent: a single stall, and their 95th percentile tells of this machine instead of the
    service. So each limit of a latency becomes longer, and the timeout with it.

    Parameters
    ----------
    workspace
        The copy to change, before anything is made from it.

    Raises
    ------
    SettingsError
        The settings are wrong.
    """
    load(workspace.directory)
    for file in sorted((workspace.directory / "services").glob("*/service.yaml")):
        with yaml_file.edited(file) as settings:
            for place in (settings, *(settings.get("environments") or {}).values()):
                deployment = (place or {}).get("deployment") or {}
                if latency := (deployment.get("alarms") or {}).get("latency"):
                    _lengthen(latency, "threshold")
                for check in _checks(deployment):
                    _allow_for_a_stall(check)


def _checks(deployment: Any) -> Iterator[Any]:
    """Yield what is declared of each check that sends requests."""
    for declared in (deployment.get("checks") or {}).values():
        for check in declared or ():
            yield from (check[name] for name in ("http", "burst") if check.get(name))


def _allow_for_a_stall(check: Any) -> None:
    latency = check.get("latency")
    if latency and parse_duration(latency["threshold"]) + _STALL < _LONGEST_TIMEOUT:
        _lengthen(latency, "threshold")
        default = HttpCheck.model_fields["timeout"].default
        check.setdefault("timeout", format_duration(default))
        _lengthen(check, "timeout", at_most=_LONGEST_TIMEOUT)


def _lengthen(of: Any, key: str, *, at_most: timedelta = timedelta.max) -> None:
    if key in of:
        of[key] = format_duration(min(parse_duration(of[key]) + _STALL, at_most))


def _set_port(workspace: Workspace, environment: str, service: str, key: str, port: int) -> None:
    lock = f"environments/{environment}.lock.yaml"
    if key == "port" and service in read_lock(workspace.directory, environment).services:
        # The copy's service is not created yet, so its lock may follow.
        workspace.set(lock, f"services.{service}.port", port)
    file = f"services/{service}/service.yaml"
    workspace.set(file, f"environments.{environment}.{key}", port)
