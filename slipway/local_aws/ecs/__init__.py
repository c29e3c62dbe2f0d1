"""Amazon ECS: services with a scheduler of their own, task sets, and tasks as processes."""

from __future__ import annotations

from slipway.local_aws.capacity import capacity
from slipway.local_aws.ecs import insights
from slipway.local_aws.ecs.api import Ecs
from slipway.local_aws.ecs.clusters import Clusters
from slipway.local_aws.ecs.container_instances import ContainerInstances
from slipway.local_aws.ecs.sessions import ExecuteCommand
from slipway.local_aws.ecs.standalone import StandaloneTasks
from slipway.local_aws.machine import Machine

__all__ = ["Ecs", "install"]


def install(machine: Machine) -> None:
    """Take over from MiniStack what would need Docker."""
    Ecs(machine).take_over()
    StandaloneTasks(machine).take_over()
    ExecuteCommand(machine).take_over()
    Clusters(capacity(machine)).take_over()
    ContainerInstances(capacity(machine)).take_over()
    insights.install(machine)
