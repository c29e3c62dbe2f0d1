import dataclasses

from ministack.core.responses import request_scope
from ministack.services import ec2

from slipway.local_aws.tasks.record import Launch, provider_for, settle

SPOT_FIRST = [
    {"capacityProvider": "FARGATE", "base": 1, "weight": 1},
    {"capacityProvider": "FARGATE_SPOT", "weight": 3},
]
LAUNCH = Launch(
    account="000000000000",
    region="us-east-1",
    cluster="cluster",
    task_definition={
        "taskDefinitionArn": "arn:aws:ecs:us-east-1:000000000000:task-definition/web:1",
        "containerDefinitions": [
            {"name": "sidecar", "image": "s", "essential": False},
            {
                "name": "web",
                "image": "w",
                "command": ["serve"],
                "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "1"}],
            },
        ],
    },
    group="service:web",
)


def test_base_comes_first_then_the_weights():
    running = {}
    for _ in range(9):
        provider = provider_for(SPOT_FIRST, running)
        running[provider] = running.get(provider, 0) + 1
    assert running == {"FARGATE": 3, "FARGATE_SPOT": 6}


def test_without_a_strategy_there_is_no_provider():
    assert provider_for([], {}) is None


def test_first_essential_container_is_the_one_that_runs():
    assert LAUNCH.container["name"] == "web"


def test_overrides_replace_the_command_and_single_variables():
    override = {"name": "web", "command": ["migrate"], "environment": [{"name": "B", "value": "2"}]}
    launch = dataclasses.replace(LAUNCH, overrides={"containerOverrides": [override]})
    assert launch.container["command"] == ["migrate"]
    assert launch.container["environment"] == [
        {"name": "A", "value": "1"},
        {"name": "B", "value": "2"},
    ]


def test_task_on_fargate_runs_on_a_platform_version():
    launch = dataclasses.replace(LAUNCH, capacity_provider="FARGATE_SPOT")
    record = launch.new_record("127.1.0.1")
    assert (record["launchType"], record["platformVersion"]) == ("FARGATE", "1.4.0")


def test_task_asks_for_what_its_definition_says():
    definition = {
        **LAUNCH.task_definition,
        "cpu": "512",
        "memory": "1024",
        "networkMode": "awsvpc",
        "runtimePlatform": {"cpuArchitecture": "ARM64"},
        "placementConstraints": [{"type": "memberOf", "expression": "attribute:a == b"}],
    }
    launch = dataclasses.replace(
        LAUNCH,
        task_definition=definition,
        placement_constraints=[{"type": "distinctInstance"}],
    )
    needed = launch.requirements
    assert (needed.cpu_units, needed.memory_mib, needed.interfaces) == (512, 1024, 1)
    assert needed.architecture == "arm64"
    assert [item["type"] for item in needed.constraints] == ["memberOf", "distinctInstance"]


def test_without_cpu_and_memory_of_its_own_a_task_needs_what_its_containers_need():
    containers = [
        {"name": "a", "image": "a", "cpu": 128, "memory": 512, "memoryReservation": 256},
        {"name": "b", "image": "b", "cpu": 64, "memory": 128},
    ]
    definition = {**LAUNCH.task_definition, "containerDefinitions": containers}
    needed = dataclasses.replace(LAUNCH, task_definition=definition).requirements
    assert (needed.cpu_units, needed.memory_mib, needed.interfaces) == (192, 384, 0)


def test_network_interface_is_in_the_zone_of_its_subnet():
    with request_scope("000000000000", "us-east-1"):
        ec2._subnets["subnet-b"] = {"AvailabilityZone": "us-east-1b"}
    network = {"awsvpcConfiguration": {"subnets": ["subnet-b", "subnet-unknown"]}}
    launch = dataclasses.replace(LAUNCH, network_configuration=network)
    assert launch.subnets == {"subnet-b": "us-east-1b", "subnet-unknown": "us-east-1a"}
    record = launch.new_record("127.1.0.1")
    assert "availabilityZone" not in record
    settle(record, zone="us-east-1b", subnet="subnet-b", instance="arn")
    details = {item["name"]: item["value"] for item in record["attachments"][0]["details"]}
    assert details["subnetId"] == "subnet-b"
    assert details["privateIPv4Address"] == "127.1.0.1"
    assert (record["availabilityZone"], record["containerInstanceArn"]) == ("us-east-1b", "arn")
