"""What Container Insights tells of services, as far as it counts tasks.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from slipway.local_aws.event_loop import in_account
from slipway.local_aws.machine import Machine

NAMESPACE = "ECS/ContainerInsights"

_COUNTS = {
    "DesiredTaskCount": "desiredCount",
    "RunningTaskCount": "runningCount",
    "PendingTaskCount": "pendingCount",
}
_SHORTEST_PERIOD_SECONDS = 1.0


def install(machine: Machine) -> None:
    """Begin to publish."""
    threading.Thread(target=_publish, args=(machine,), name="insights", daemon=True).start()


def counts(service: Mapping[str, Any]) -> dict[str, float]:
    """Give the counts of a service, as DescribeServices has it: by the metric's name.

    Of a service that CodeDeploy deploys, the tasks of all task sets run: during a shift there are
    twice as many as are desired.
    """
    return {metric: float(service[key]) for metric, key in _COUNTS.items()}


def _publish(machine: Machine) -> None:
    from ministack.services import ecs

    # Twice in each period of an alarm, or a period might pass without a value.
    every = max(_SHORTEST_PERIOD_SECONDS, machine.clock.wall(timedelta(seconds=60))) / 2
    while True:
        time.sleep(every)
        by_place: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
        for (account, region, _), service in ecs._services.all_items():
            by_place.setdefault((account, region), []).append(service)
        for place, services in by_place.items():
            in_account(*place, lambda services=services: _store(services))  # type: ignore[misc]


def _store(services: Iterable[Mapping[str, Any]]) -> None:
    from ministack.services import cloudwatch, ecs

    for service in services:
        cluster = str(service["clusterArn"]).rpartition("/")[2]
        known = ecs._services.get(f"{cluster}/{service['serviceName']}")
        if known is None or known["status"] != "ACTIVE":
            continue
        dimensions = {"ClusterName": cluster, "ServiceName": service["serviceName"]}
        for name, value in counts(service).items():
            cloudwatch._store_datum(
                NAMESPACE, name, dimensions, time.time(), "Count", value, None, None, None
            )
