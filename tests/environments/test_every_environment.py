"""Each environment that is meant for AWS comes up on a local one, over TLS, and goes again."""

import socket
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from slipway.rehearsal.environment import ENVIRONMENT, RehearsedEnvironment
from slipway.rehearsal.errors import RehearsalError
from slipway.settings import load

PROJECT = Path(__file__).resolve().parents[2]
NAMES = [name for name in load(PROJECT).environments if name != ENVIRONMENT]

# Design: services first, then what they run on, from the inside out.
ORDER = [
    "AWS::ECS::ClusterCapacityProviderAssociations",
    "AWS::ECS::CapacityProvider",
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::ECS::Cluster",
]


@pytest.fixture(scope="session", autouse=True)
def _port_80() -> None:
    """The redirect to TLS is on port 80, wherever that is not in use."""
    try:
        socket.create_server(("127.0.0.1", 80)).close()
    except PermissionError:
        pytest.exit(
            "the redirects to TLS need port 80: run this as root, or allow everyone to open it "
            "(sysctl net.ipv4.ip_unprivileged_port_start=80)",
            returncode=1,
        )
    except OSError:
        pass  # Somebody uses it; each load balancer has an address of its own.


@pytest.mark.parametrize("name", NAMES)
def test_an_environment_comes_up_and_goes_clean(name: str) -> None:
    with RehearsedEnvironment(PROJECT, name=name) as environment:
        environment.come_up()
        names = environment.settings.names(name)

        answer = environment.ask("storefront", "/")
        assert answer["inventory"]["version"] == "1", "by its name, over TLS, on EC2"
        assert redirect(environment, "storefront") == (
            301,
            f"https://{environment.settings.host(name, 'storefront')}:443/x?y=1",
        )
        tasks = environment.tasks("inventory")
        assert tasks
        assert all(task["containerInstanceArn"] for task in tasks)
        cluster = stack_id(environment, names.stack("cluster"))

        if environment.settings.environment(name).removal_policy == "retain":
            with pytest.raises(RehearsalError, match="TerminationProtection is enabled"):
                environment.destroy()
            take_protection_away(environment)
        environment.destroy()
        assert environment.remaining_stacks() == ()
        assert deleted(environment, cluster, ORDER) == ORDER
        ecs = environment.cloud.client("ecs")
        assert [c["status"] for c in ecs.describe_clusters()["clusters"]] in ([], ["INACTIVE"])
        running = environment.cloud.client("ec2").describe_instances(
            Filters=[{"Name": "instance-state-name", "Values": ["pending", "running"]}]
        )
        assert running["Reservations"] == []


def redirect(environment: RehearsedEnvironment, service: str) -> tuple[int, str | None]:
    """Ask over plain HTTP."""
    connection = HTTPConnection(environment.target(service).address, 80, timeout=10)
    host = environment.settings.host(environment.name, service)
    connection.request("GET", "/x?y=1", headers={"Host": host})
    answer = connection.getresponse()
    connection.close()
    return answer.status, answer.getheader("Location")


def take_protection_away(environment: RehearsedEnvironment) -> None:
    """Do what the runbook says of an environment that keeps its data."""
    cloudformation = environment.cloud.client("cloudformation")
    # The registry is gone by then: it keeps nothing here, and nothing protects it.
    for stack in environment.remaining_stacks():
        cloudformation.update_termination_protection(
            StackName=stack, EnableTerminationProtection=False
        )
    elbv2 = environment.cloud.client("elbv2")
    for balancer in elbv2.describe_load_balancers()["LoadBalancers"]:
        elbv2.modify_load_balancer_attributes(
            LoadBalancerArn=balancer["LoadBalancerArn"],
            Attributes=[{"Key": "deletion_protection.enabled", "Value": "false"}],
        )


def stack_id(environment: RehearsedEnvironment, name: str) -> str:
    stacks: Any = environment.cloud.client("cloudformation").describe_stacks(StackName=name)
    return str(stacks["Stacks"][0]["StackId"])


def deleted(environment: RehearsedEnvironment, stack: str, types: list[str]) -> list[str]:
    """The order in which resources of some types went."""
    events = environment.cloud.client("cloudformation").get_paginator("describe_stack_events")
    gone = [
        event["ResourceType"]
        for page in events.paginate(StackName=stack)
        for event in page["StackEvents"]
        if event["ResourceStatus"] == "DELETE_COMPLETE" and event["ResourceType"] in types
    ]
    return gone[::-1]  # The newest come first.
