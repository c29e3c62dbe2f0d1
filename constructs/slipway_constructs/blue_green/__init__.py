"""Blue/green on Amazon ECS with CodeDeploy: the service, its deployment group, its hooks."""

from slipway_constructs.blue_green.deployment_group import DeploymentGroup, Shift
from slipway_constructs.blue_green.hooks import LIFECYCLE_EVENTS, Hooks
from slipway_constructs.blue_green.service import (
    COLORS,
    BlueGreenService,
    CreatedWith,
    HealthCheck,
)

__all__ = [
    "COLORS",
    "LIFECYCLE_EVENTS",
    "BlueGreenService",
    "CreatedWith",
    "DeploymentGroup",
    "HealthCheck",
    "Hooks",
    "Shift",
]
