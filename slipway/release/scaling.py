"""Application auto scaling of a service, which rests while a release runs."""

from __future__ import annotations

from typing import Any

NAMESPACE = "ecs"
DIMENSION = "ecs:service:DesiredCount"

KINDS = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")


def resume(application_autoscaling: Any, *, cluster: str, service: str) -> None:
    """Let a service scale again; its bounds stay as they are.

    See https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-suspend-resume-scaling.html
    """
    application_autoscaling.register_scalable_target(
        ServiceNamespace=NAMESPACE,
        ResourceId=f"service/{cluster}/{service}",
        ScalableDimension=DIMENSION,
        SuspendedState=dict.fromkeys(KINDS, False),
    )
