"""What a copy of the settings needs so that an environment fits on this machine.

An environment in AWS has things that were there before it: the registry's account, a hosted zone,
a certificate. On this machine it is alone, and some of its ports may be taken.
"""

from __future__ import annotations

from collections.abc import Callable

from slipway.rehearsal.cloud import LocalCloud
from slipway.rehearsal.ports import free_port
from slipway.rehearsal.workspace import Workspace
from slipway.settings import load
from slipway.settings.lock import read_lock


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
                tell(f"port {port} is taken here: {name} has {key} {free} in this run")
                _set_port(workspace, environment, name, key, free)


def keep_registry_with(workspace: Workspace, environment: str) -> None:
    """Let an environment pull its images from its own account: the only one there is."""
    settings = load(workspace.directory)
    place = settings.environment(environment)
    if place.tooling is None:
        file = f"environments/{environment}.yaml"
        workspace.set(file, "tooling.account", place.account)
        workspace.set(file, "tooling.region", place.region)


def make_hosted_zone(workspace: Workspace, environment: str, cloud: LocalCloud) -> None:
    """Make the hosted zone of an environment's domain, as somebody once made the real one."""
    domain = load(workspace.directory).environment(environment).domain
    if domain is not None:
        zone = cloud.client("route53").create_hosted_zone(
            Name=domain.name, CallerReference=environment
        )
        zone_id = zone["HostedZone"]["Id"].rpartition("/")[2]
        workspace.set(f"environments/{environment}.yaml", "domain.hosted_zone_id", zone_id)


def _set_port(workspace: Workspace, environment: str, service: str, key: str, port: int) -> None:
    lock = f"environments/{environment}.lock.yaml"
    if key == "port" and service in read_lock(workspace.directory, environment).services:
        # The copy's service is not created yet, so its lock may follow.
        workspace.set(lock, f"services.{service}.port", port)
    file = f"services/{service}/service.yaml"
    workspace.set(file, f"environments.{environment}.{key}", port)
