"""The outputs of a service's stack: all that a release reads, see ``slipway.release.target``."""

from typing import Any

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from slipway.settings import Names, Service
from slipway.settings.lock import CreationValues
from slipway_constructs.blue_green import BlueGreenService
from slipway_constructs.findings import acknowledge
from slipway_constructs.listeners import Listeners
from slipway_constructs.network import Network
from slipway_constructs.task import Task
from stacks.service.names import hook_functions, release_alarms


def add_outputs(
    stack: Stack,
    names: Names,
    service: Service,
    *,
    wanted: CreationValues,
    network: Network,
    listeners: Listeners,
    task: Task,
    blue_green: BlueGreenService,
) -> None:
    """Add what a release deploys, where to, and what it gives the next appspec.

    Parameters
    ----------
    stack
        The service's stack.
    names, service
        The settings.
    wanted
        What the settings ask for today: a release brings it.
    network, listeners
        Where the tasks run, and the way in.
    task, blue_green
        The revision to release, and the service that is released.
    """
    release_inputs = _release_inputs(
        names, service, wanted=wanted, network=network, blue_green=blue_green
    )
    # The library leaves "Default" out of logical ids: each output is called what it is.
    scope = Construct(stack, "Default")
    for name, value in {
        "Cluster": names.cluster,
        "Service": service.name,
        "Revision": task.definition.task_definition_arn,
        "Application": names.codedeploy_application(service.name),
        "DeploymentGroup": names.deployment_group(service.name),
        "Address": listeners.load_balancer.dns_name,
        "Port": str(listeners.port),
        "TestPort": str(listeners.test_port),
        "Alarms": ",".join(release_alarms(names, service)),
        "ReleaseInputs": stack.to_json_string(release_inputs),
    }.items():
        output = CfnOutput(scope, name, value=value)
    # The last one: it names the subnets.
    acknowledge(
        output,
        "W6001",
        because="A release reads this stack's outputs and no other stack, so they name the "
        "subnets of its tasks, which the Network stack exports. The import is wanted: while "
        "it stands, CloudFormation lets nobody take these subnets away.",
    )


def _release_inputs(
    names: Names,
    service: Service,
    *,
    wanted: CreationValues,
    network: Network,
    blue_green: BlueGreenService,
) -> dict[str, Any]:
    """Give what settings may change and the template of the ECS service may not."""
    return {
        "container": service.name,
        "port": service.port,
        "network": {
            "subnets": network.private_subnet_ids,
            "securityGroups": [blue_green.security_group.security_group_id],
            "assignPublicIp": "DISABLED",
        },
        "capacityProviderStrategy": [
            {
                "capacityProvider": entry.capacity_provider,
                "base": entry.base,
                "weight": entry.weight,
            }
            for entry in wanted.capacity_provider_strategy
        ],
        "platformVersion": wanted.platform_version,
        "hooks": hook_functions(names, service),
        "targetGroups": {
            color: target_group.target_group_name
            for color, target_group in blue_green.target_groups.items()
        },
        "logGroup": names.log_group(service.name),
        "scaling": {
            "maximum": service.scaling.max,
            "headroomPercent": service.scaling.headroom_percent,
        },
    }
