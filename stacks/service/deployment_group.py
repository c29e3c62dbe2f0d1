"""The CodeDeploy deployment group of a service: how a release goes, and when it goes back."""

from constructs import Construct

from slipway.settings import Names, Service
from slipway_constructs.alarms import ReleaseAlarms
from slipway_constructs.blue_green import BlueGreenService, DeploymentGroup, Shift
from slipway_constructs.listeners import Listeners
from slipway_constructs.task import Task
from stacks.service.names import hook_functions


def add_deployment_group(
    scope: Construct,
    names: Names,
    service: Service,
    *,
    task: Task,
    listeners: Listeners,
    blue_green: BlueGreenService,
    alarms: ReleaseAlarms,
) -> None:
    """Add the deployment group that shifts traffic, waits and rolls back as the settings say."""
    approval = service.deployment.approval
    DeploymentGroup(
        scope,
        "Deployment",
        application_name=names.codedeploy_application(service.name),
        group_name=names.deployment_group(service.name),
        cluster_name=names.cluster,
        service_name=service.name,
        service=blue_green,
        task=task,
        listeners=listeners,
        hook_functions=list(hook_functions(names, service).values()),
        shift=_shift(service),
        approval_wait=approval.timeout if approval.before_traffic else None,
        termination_wait=service.deployment.termination_wait,
        alarms=alarms.alarms,
    )


def _shift(service: Service) -> Shift:
    shift = service.deployment.shift
    if shift.canary is not None:
        return Shift(percent=shift.canary.percent, interval=shift.canary.interval)
    if shift.linear is not None:
        return Shift(percent=shift.linear.percent, interval=shift.linear.interval, linear=True)
    return Shift()
