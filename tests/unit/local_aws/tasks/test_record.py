import dataclasses

from slipway.local_aws.tasks.record import Launch, provider_for

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
