"""Network, capacity and platform of a service that exists: the next release brings them."""

import copy
import json

import pytest

from slipway.rehearsal import yaml_file
from slipway.release import status

pytestmark = pytest.mark.long

SERVICE_FILE = "services/storefront/service.yaml"
ENVIRONMENT_FILE = "environments/local.yaml"
FARGATE, SPOT, EC2 = "FARGATE", "FARGATE_SPOT", "shop-local-ec2"


@pytest.fixture
def change_settings(released):
    """Change files of the workspace, deploy, and say what the stack's update did to the service.

    Afterwards the settings are what they were, and so are the tasks.
    """
    released.wait_for_the_end_of_releases()
    directory = released.environment.workspace.directory
    before = {file: (directory / file).read_text() for file in (SERVICE_FILE, ENVIRONMENT_FILE)}

    def change(file, **sections):
        with yaml_file.edited(directory / file) as settings:
            settings.update(sections)

    yield change
    for file, text in before.items():
        (directory / file).write_text(text)
    released.update()
    release(released)


def release(released):
    last = released.release_again()
    assert last.deployment_status == "Succeeded", last


def description(service):
    """The service as ECS describes it, without what changes by itself."""
    described = copy.deepcopy(service)
    # Blue of the release before may still be leaving.
    (primary,) = [each for each in described["taskSets"] if each["status"] == "PRIMARY"]
    described["taskSets"] = [primary]
    for of in (described, primary):
        for changing in ("events", "deployments", "runningCount", "pendingCount", "updatedAt"):
            of.pop(changing, None)
    return described


def providers(task_set):
    return {
        item["capacityProvider"]: (item["base"], item["weight"])
        for item in task_set["capacityProviderStrategy"]
    }


def subnets(task_set):
    return task_set["networkConfiguration"]["awsvpcConfiguration"]["subnets"]


def service_events(released):
    pages = (
        released.client("cloudformation")
        .get_paginator("describe_stack_events")
        .paginate(StackName=released.names.stack("storefront"))
    )
    return {
        event["ResourceStatus"]
        for page in pages
        for event in page["StackEvents"]
        if event["ResourceType"] == "AWS::ECS::Service"
    }


def test_platform_version_of_a_release_is_today_s(released):
    (declared,) = released.declared("AWS::ECS::Service").values()
    assert declared["PlatformVersion"] == "LATEST"
    assert released.primary()["platformVersion"] == "1.4.0"


def test_network_and_capacity_change_with_the_release_and_not_with_the_stack(
    released, change_settings
):
    before = description(released.service())
    zones = ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d"]
    change_settings(ENVIRONMENT_FILE, availability_zones=zones)
    change_settings(SERVICE_FILE, capacity={"fargate_spot": {"base": "1", "weight": "3"}})
    released.update()

    assert description(released.service()) == before
    assert service_events(released) == {"CREATE_IN_PROGRESS", "CREATE_COMPLETE"}
    assert len(subnets(released.primary())) == 3
    assert providers(released.primary()) == {FARGATE: (1, 1)}
    target = released.target
    assert len(target.network.subnets) == 4

    release(released)
    live = released.primary()
    assert tuple(subnets(live)) == target.network.subnets
    security_groups = live["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"]
    assert tuple(security_groups) == target.network.security_groups
    assert providers(live) == {SPOT: (1, 3)}
    assert live["platformVersion"] == "1.4.0"
    # A release that only renews the tasks, as a rotated secret makes one, stays there.
    release(released)
    again = released.primary()
    assert again["id"] != live["id"]
    assert (subnets(again), providers(again)) == (subnets(live), providers(live))
    assert status(released.environment.cloud.release_clients(), target).live.id == again["id"]


def test_release_moves_a_service_from_fargate_to_ec2(released, change_settings):
    change_settings(SERVICE_FILE, capacity={"ec2": {"weight": "1"}})
    before = description(released.service())
    released.update()
    assert description(released.service()) == before

    release(released)
    live = released.primary()
    assert providers(live) == {EC2: (0, 1)}
    assert not live.get("platformVersion")
    assert {task["capacityProviderName"] for task in released.tasks()} == {EC2}
    assert json.dumps(released.get("/version"))
