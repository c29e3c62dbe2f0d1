"""Names of hosted zones: published for the processes of this AWS, which look there first."""

from __future__ import annotations

import functools
import json
import os
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from slipway.local_aws.cloudformation.handlers import Properties
from slipway.local_aws.machine import Machine
from slipway.local_aws.names.records import addresses_by_name, domain

__all__ = ["Names", "install", "names"]

_RUNTIME = Path(__file__).parent / "runtime"

_OPERATIONS = ("_change_resource_record_sets", "_create_hosted_zone", "_delete_hosted_zone")


def install(machine: Machine) -> None:
    """Publish the names after every change, through the API or a template."""
    from ministack.services import route53
    from ministack.services.cloudformation import provisioners

    published = names(machine)
    for operation in _OPERATIONS:
        setattr(route53, operation, _then_publish(published, getattr(route53, operation)))
    zone_handlers = provisioners._RESOURCE_HANDLERS["AWS::Route53::HostedZone"]
    zone_handlers["create"] = _keep_networks(zone_handlers["create"], properties_at=1)
    zone_handlers["update"] = _keep_networks(zone_handlers["update"], properties_at=2)
    for resource_type in ("HostedZone", "RecordSet"):
        handlers = provisioners._RESOURCE_HANDLERS[f"AWS::Route53::{resource_type}"]
        for event in ("create", "update", "delete"):
            handlers[event] = _then_publish(published, handlers[event])


@functools.cache
def names(machine: Machine) -> Names:
    """Return the one table of names of a machine."""
    return Names()


class Names:
    """A file that says which names the hosted zones hold, for processes that may not ask a DNS.

    glibc has no hosts file for a single process, and a name server of ours would need root: so
    Python processes get a ``sitecustomize`` that reads this file before it asks the real resolver.
    """

    def __init__(self) -> None:
        self._file = Path(tempfile.mkdtemp(prefix="names-")) / "names.json"
        self._lock = threading.Lock()
        self._write({"zones": [], "addresses": {}})

    def added_to(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of a process, changed so that it knows the names."""
        path = [str(_RUNTIME), environment.get("PYTHONPATH", "")]
        return {
            **environment,
            "PYTHONPATH": os.pathsep.join(filter(None, path)),
            "LOCAL_AWS_NAMES": str(self._file),
        }

    def publish(self) -> None:
        """Write what Route 53 says now; whoever reads at the same time sees all or nothing of it.

        Every zone counts, private or not, of whichever account and network: tasks here have one
        network, the loopback.
        """
        from ministack.services import route53

        with self._lock:
            zones = route53._zones.to_dict()
            held = {key: domain(zone["name"]) for key, zone in zones.items()}
            records = [
                record
                for key, of_zone in route53._records.to_dict().items()
                if key in held
                for record in of_zone
            ]
            zone_names = sorted(set(held.values()))
            self._write({"zones": zone_names, "addresses": addresses_by_name(zone_names, records)})

    def _write(self, table: dict[str, Any]) -> None:
        unfinished = self._file.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(table), encoding="utf-8")
        unfinished.replace(self._file)


def _then_publish(published: Names, operation: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(operation)
    def operated(*args: Any, **kwargs: Any) -> Any:
        try:
            return operation(*args, **kwargs)
        finally:
            published.publish()

    return operated


def _keep_networks(handler: Callable[..., Any], properties_at: int) -> Callable[..., Any]:
    """Keep the VPCs of a template's zone, which make it a private one; MiniStack loses them."""
    from ministack.services import route53

    def kept(*args: Any, **kwargs: Any) -> Any:
        physical_id, attributes = handler(*args, **kwargs)
        properties: Properties = args[properties_at]
        networks = [
            {"VPCId": vpc["VPCId"], "VPCRegion": vpc["VPCRegion"]}
            for vpc in properties.get("VPCs") or []
        ]
        route53._zones[physical_id].update(private=bool(networks), vpcs=networks)
        return physical_id, attributes

    return kept
