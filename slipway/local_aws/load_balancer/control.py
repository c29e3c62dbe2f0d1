"""Keeps the data plane in step with MiniStack's Elastic Load Balancing state."""

from __future__ import annotations

import itertools
import logging
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

from slipway.local_aws.event_loop import in_account
from slipway.local_aws.load_balancer.certificates import Certificates, UnusableCertificateError
from slipway.local_aws.load_balancer.data_plane import DataPlane
from slipway.local_aws.load_balancer.metrics import NAMESPACE, Datum, dimensions
from slipway.local_aws.load_balancer.routing import (
    Listener,
    Record,
    Request,
    Rule,
    target_groups_of,
)
from slipway.local_aws.load_balancer.security_policies import (
    UnsupportedPolicyError,
    minimum_version,
)
from slipway.local_aws.load_balancer.sockets import (
    ListenerRefusedError,
    PortUnavailableError,
    listening_socket,
)
from slipway.local_aws.load_balancer.targets import HEALTHY, UNHEALTHY, HealthCheck, TargetGroup
from slipway.local_aws.load_balancer.tls import ListenerTls
from slipway.local_aws.machine import Machine
from slipway.local_aws.trust import certificate_authority

logger = logging.getLogger(__name__)

_SHORTEST_CHECK_INTERVAL_SECONDS = 0.1
_SHORTEST_CHECK_TIMEOUT_SECONDS = 1.0  # processes don't answer faster because time does
# However fast the clock runs, a process takes this long to start on a busy machine.
_LEAST_START_SECONDS = 10.0
_METRICS_EVERY_SECONDS = 0.5


class LoadBalancers:
    """The load balancers of this AWS: MiniStack holds what is configured, the data plane acts."""

    def __init__(self, machine: Machine) -> None:
        from ministack.services import alb

        self._machine = machine
        self._alb = alb
        self._addresses: dict[str, str] = {}
        self._reserved: dict[tuple[str, int], socket.socket] = {}
        self._open: dict[str, tuple[str, int, str]] = {}
        self._certificates = Certificates(certificate_authority(machine))
        self._tls: dict[str, ListenerTls] = {}
        self._lock = threading.RLock()
        self.data_plane = DataPlane(self._matches)
        threading.Thread(
            target=self._publish_metrics, name="load balancer metrics", daemon=True
        ).start()

    def address_of(self, load_balancer_arn: str) -> str:
        """Return the address of a load balancer; the first call gives it one."""
        with self._lock:
            if load_balancer_arn not in self._addresses:
                self._addresses[load_balancer_arn] = self._machine.addresses.next()
            return self._addresses[load_balancer_arn]

    def require_servable(
        self, load_balancer_arn: str, protocol: str, policy: str, certificate_arns: Sequence[str]
    ) -> None:
        """Make sure that a listener with this protocol and TLS can be served.

        Raises
        ------
        ListenerRefusedError
            The protocol or the security policy isn't spoken here, or the certificate is unusable.
        """
        if protocol not in ("HTTP", "HTTPS"):
            raise ListenerRefusedError(
                f"a listener of this AWS speaks HTTP or HTTPS, not {protocol}"
            )
        if protocol == "HTTP":
            return
        if not certificate_arns:
            raise ListenerRefusedError("A certificate must be specified for HTTPS listeners")
        try:
            minimum_version(policy)
            self._certificates.context(certificate_arns[0], self.address_of(load_balancer_arn))
        except (UnsupportedPolicyError, UnusableCertificateError) as error:
            raise ListenerRefusedError(str(error)) from error

    def reserve(self, load_balancer_arn: str, port: int, *, only_redirects: bool) -> None:
        """Take the port of a listener that is about to be created.

        What only redirects may get another one, see `listening_socket`.

        Raises
        ------
        PortUnavailableError
            Another listener or another process has it, or it may not be opened here.
        """
        place = (self.address_of(load_balancer_arn), port)
        with self._lock:
            if place in [(address, taken) for address, taken, _ in self._open.values()]:
                raise PortUnavailableError(
                    f"A listener already exists on port {port} for this load balancer"
                )
            if place not in self._reserved:
                self._reserved[place] = listening_socket(place, only_redirects=only_redirects)

    def reconcile(self) -> None:
        """Bring sockets, rules, target groups and registrations to what MiniStack says now."""
        with self._lock:
            listeners = {listener.arn: listener for listener in self._listeners()}
            self._update_target_groups(list(listeners.values()))
            self.data_plane.set_listeners(listeners)
            self._update_sockets(listeners)

    def _listeners(self) -> Iterator[Listener]:
        rules: dict[str, list[Record]] = {}
        for rule in self._alb._rules.all_values():
            rules.setdefault(rule["ListenerArn"], []).append(rule)
        for (account, region, arn), record in self._alb._listeners.all_items():
            load_balancer_arn = record["LoadBalancerArn"]
            load_balancer = self._alb._lbs.get_scoped(account, region, load_balancer_arn)
            if load_balancer is None or load_balancer["Type"] != "application":
                continue
            attributes = _attributes(
                self._alb._lb_attrs.get_scoped(account, region, load_balancer_arn)
            )
            yield Listener(
                arn=arn,
                load_balancer_arn=load_balancer_arn,
                address=self.address_of(load_balancer_arn),
                port=int(record["Port"]),
                idle_timeout_seconds=float(attributes.get("idle_timeout.timeout_seconds", 60)),
                rules=tuple(
                    Rule(tuple(rule["Conditions"]), tuple(rule["Actions"]))
                    for rule in sorted(rules.get(arn, []), key=self._alb._rule_sort_key)
                ),
                protocol=record["Protocol"],
                security_policy=record.get("SslPolicy", ""),
                certificate_arn=next(iter(record.get("Certificates", ())), ""),
            )

    def _update_sockets(self, listeners: dict[str, Listener]) -> None:
        for arn, served in list(self._open.items()):
            listener = listeners.get(arn)
            if listener is None or served != _served(listener):
                self.data_plane.close(arn)
                del self._open[arn]
                self._tls.pop(arn, None)
        for arn, listener in listeners.items():
            if arn in self._tls:
                self._tls[arn].configure(listener)
            if arn in self._open:
                continue
            if listener.protocol == "HTTPS":
                self._tls[arn] = ListenerTls(self._certificates, listener)
            place = (listener.address, listener.port)
            listening = self._reserved.pop(place, None) or listening_socket(
                place, only_redirects=_only_redirects(listener)
            )
            tls = self._tls[arn].context if arn in self._tls else None
            self.data_plane.open(arn, listening, tls)
            self._open[arn] = _served(listener)
        for unused in self._reserved.values():
            unused.close()
        self._reserved.clear()

    def _update_target_groups(self, listeners: list[Listener]) -> None:
        used_by: dict[str, set[str]] = {}
        for listener in listeners:
            for arn in target_groups_of(listener.rules):
                used_by.setdefault(arn, set()).add(listener.load_balancer_arn)
        groups = self.data_plane.target_groups
        records = {key[2]: (key, record) for key, record in self._alb._tgs.all_items()}
        for arn in groups.keys() - records.keys():
            groups.pop(arn).forget_all()
        for arn, ((account, region, _), record) in records.items():
            record["LoadBalancerArns"] = sorted(used_by.get(arn, ()))
            group = groups.setdefault(arn, TargetGroup(arn))
            self._configure(group, record, self._alb._tg_attrs.get_scoped(account, region, arn))
            group.set_load_balancers(used_by.get(arn, ()))
            registered = self._alb._targets.get_scoped(account, region, arn) or []
            fresh = group.set_registered(
                (target["Id"], int(target.get("Port") or record["Port"])) for target in registered
            )
            self.data_plane.start_checks(group, fresh)

    def _configure(self, group: TargetGroup, record: Record, attributes: Any) -> None:
        wall = self._machine.clock.wall
        port = str(record["HealthCheckPort"])
        group.check = HealthCheck(
            path=record["HealthCheckPath"],
            port=int(port) if port.isdigit() else None,
            interval_seconds=max(
                wall(timedelta(seconds=record["HealthCheckIntervalSeconds"])),
                _SHORTEST_CHECK_INTERVAL_SECONDS,
            ),
            timeout_seconds=max(
                wall(timedelta(seconds=record["HealthCheckTimeoutSeconds"])),
                _SHORTEST_CHECK_TIMEOUT_SECONDS,
            ),
            healthy_threshold=record["HealthyThresholdCount"],
            unhealthy_threshold=record["UnhealthyThresholdCount"],
            matcher=str(record["Matcher"]["HttpCode"]),
            start_seconds=self._start_seconds(),
        )
        group.check_enabled = bool(record["HealthCheckEnabled"])
        delay = float(_attributes(attributes).get("deregistration_delay.timeout_seconds", 300))
        group.deregistration_delay_seconds = wall(timedelta(seconds=delay))

    def _start_seconds(self) -> float:
        clock = self._machine.clock
        return clock.wall_for_code(timedelta(0), _LEAST_START_SECONDS) if clock.scale < 1 else 0.0

    def _matches(self, condition: Record, request: Request) -> bool:
        matched: bool = self._alb._match_condition(
            condition, request.method, request.path, request.headers, parse_qs(request.query)
        )
        return matched

    def _publish_metrics(self) -> None:
        # Twice in each period of an alarm, or a period might pass without a value.
        hosts_every = max(1.0, self._machine.clock.wall(timedelta(seconds=60))) / 2
        ticks_per_host_count = round(hosts_every / _METRICS_EVERY_SECONDS)
        for tick in itertools.count():
            time.sleep(_METRICS_EVERY_SECONDS)
            data = self.data_plane.metrics.take()
            if tick % ticks_per_host_count == 0:
                data.extend(self._host_counts())
            for datum in data:
                _publish(datum)

    def _host_counts(self) -> Iterator[Datum]:
        for group in list(self.data_plane.target_groups.values()):
            for load_balancer in group.load_balancers:
                names = dimensions(load_balancer, group.arn)
                for name, state in (
                    ("HealthyHostCount", HEALTHY),
                    ("UnHealthyHostCount", UNHEALTHY),
                ):
                    yield Datum(load_balancer, name, names, float(group.count(state)), 1, "Count")


def _served(listener: Listener) -> tuple[str, int, str]:
    """Return what makes a listener need another socket, if it changes."""
    return listener.address, listener.port, listener.protocol


def _only_redirects(listener: Listener) -> bool:
    actions = [str(action["Type"]).lower() for rule in listener.rules for action in rule.actions]
    return bool(actions) and set(actions) == {"redirect"}


def _attributes(stored: Any) -> dict[str, str]:
    return {attribute["Key"]: attribute["Value"] for attribute in stored or []}


def _publish(datum: Datum) -> None:
    """Hand a value to CloudWatch, in the account and region of its load balancer."""
    from ministack.services import cloudwatch

    _, _, _, region, account, *_ = datum.arn.split(":")
    in_account(
        account,
        region,
        lambda: cloudwatch._store_datum(
            NAMESPACE,
            datum.name,
            dict(datum.dimensions),
            time.time(),
            datum.unit,
            None,
            [datum.value],
            [datum.occurrences],
            None,
        ),
    )
