"""What Container Insights counts of a service."""

from __future__ import annotations

from slipway.local_aws.ecs.insights import counts


def test_tasks_are_counted_as_the_service_describes_them() -> None:
    service = {"desiredCount": 2, "runningCount": 4, "pendingCount": 0, "serviceName": "web"}
    assert counts(service) == {
        "DesiredTaskCount": 2.0,
        "RunningTaskCount": 4.0,
        "PendingTaskCount": 0.0,
    }
