"""What RunTask is asked for, and what is told of the answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from slipway.operations.one_off import (
    OneOff,
    OneOffError,
    Size,
    live_revision,
    run_request,
    start,
    started_by,
    told,
)
from slipway.operations.output import Log
from slipway.release import CapacityProvider, ImageError, Target, TargetError

COMMAND = ("python", "-m", "storefront.migrate", "--dry-run")
TASK = "arn:aws:ecs:eu-west-1:111111111111:task/shop-prod/0123456789abcdef"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def request(target: Target, definition: dict[str, Any], **wishes: Any) -> dict[str, Any]:
    return run_request(target, definition, COMMAND, who="alice", **wishes)


def test_it_is_what_run_task_takes(target, definition) -> None:
    operation = botocore.session.get_session().get_service_model("ecs").operation_model("RunTask")
    wanted = request(target, definition, size=Size(cpu_units=512, memory_mib=2048))
    report = ParamValidator().validate(wanted, operation.input_shape)
    assert not report.has_errors(), report.generate_report()


def test_it_is_placed_as_a_release_places_the_service(target, definition) -> None:
    wanted = request(target, definition)
    assert wanted["networkConfiguration"]["awsvpcConfiguration"] == {
        "subnets": ["subnet-a", "subnet-b"],
        "securityGroups": ["sg-tasks"],
        "assignPublicIp": "DISABLED",
    }
    assert wanted["capacityProviderStrategy"] == [
        {"capacityProvider": "FARGATE", "base": 1, "weight": 1},
        {"capacityProvider": "FARGATE_SPOT", "base": 0, "weight": 3},
    ]
    assert wanted["platformVersion"] == "1.4.0"
    # Neither a group of the service nor a target group: nothing sends it traffic or counts it.
    assert not {"group", "loadBalancers", "count"} & wanted.keys()


def test_instances_have_no_platform_version(target, definition) -> None:
    provider = CapacityProvider(name="shop-prod-ec2", base=0, weight=1)
    on_instances = replace(target, capacity_provider_strategy=(provider,))
    assert "platformVersion" not in request(on_instances, definition)


def test_only_the_command_is_another(target, definition) -> None:
    assert request(target, definition)["overrides"] == {
        "containerOverrides": [{"name": "storefront", "command": list(COMMAND)}]
    }


def test_a_container_s_own_limit_follows_the_size(target, definition) -> None:
    overrides = request(target, definition, size=Size(memory_mib=2048))["overrides"]
    assert overrides["memory"] == "2048"
    assert overrides["containerOverrides"][0]["memory"] == 2048
    assert "memoryReservation" not in overrides["containerOverrides"][0]
    assert "cpu" not in overrides


@pytest.mark.parametrize(
    ("who", "kept"),
    [
        ("alice", "slipway/alice"),
        ("Alice B. <alice@example.com>", "slipway/Alice-B-alice-example-com"),
        ("", "slipway/unknown"),
        ("a" * 200, f"slipway/{'a' * 120}"),
    ],
)
def test_who_started_it_is_written_as_ecs_takes_it(who: str, kept: str) -> None:
    assert started_by(who) == kept


def test_an_image_that_was_never_built_is_not_run(target, definition, client) -> None:
    definition["containerDefinitions"][0]["image"] = f"repository/storefront@sha256:{'0' * 64}"
    ecs = client(describe_task_definition=lambda **_: {"taskDefinition": definition})
    aws = SimpleNamespace(ecs=ecs)
    with pytest.raises(ImageError, match="has not been built"):
        start(aws, target, COMMAND, revision=target.revision, who="alice")


def test_why_it_has_no_place_is_one_line_with_what_helps(target, definition, client) -> None:
    ecs = client(
        describe_task_definition=lambda **_: {"taskDefinition": definition},
        run_task=lambda **_: {"tasks": [], "failures": [{"reason": "RESOURCE:MEMORY"}, {}]},
    )
    told = r"started no task of storefront: no .*RESOURCE:MEMORY.*--memory"
    with pytest.raises(OneOffError, match=told):
        start(SimpleNamespace(ecs=ecs), target, COMMAND, revision=target.revision, who="alice")


def test_a_revision_that_can_not_run_any_more_is_told_before_ecs_is_asked(
    target, definition, client
) -> None:
    definition["status"] = "INACTIVE"
    ecs = client(describe_task_definition=lambda **_: {"taskDefinition": definition})
    with pytest.raises(OneOffError, match=r"shop-prod-storefront:7 is INACTIVE.*--wanted"):
        start(SimpleNamespace(ecs=ecs), target, COMMAND, revision=target.revision, who="alice")


def test_where_nothing_is_live_it_says_what_to_do(target, client) -> None:
    service = {"status": "ACTIVE", "taskSets": []}
    ecs = client(describe_services=lambda **_: {"services": [service]})
    with pytest.raises(TargetError, match=r"Nothing of storefront is live.*--wanted"):
        live_revision(SimpleNamespace(ecs=ecs), target)


@pytest.fixture
def run(target, definition) -> OneOff:
    return OneOff(
        arn=TASK,
        target=target,
        revision=target.revision,
        command=COMMAND,
        started_by="slipway/alice",
        log=Log.of(definition["containerDefinitions"][0], TASK),
    )


def test_the_answer_has_exit_code_and_reason_once_it_is_over(run) -> None:
    stopped = {
        "lastStatus": "STOPPED",
        "stopCode": "EssentialContainerExited",
        "stoppedReason": "Essential container in task exited",
        "createdAt": NOON,
        "containers": [{"name": "envoy", "exitCode": 0}, {"name": "storefront", "exitCode": 3}],
    }
    answer = told(run, stopped)
    assert (answer.exit_code, answer.stop_code) == (3, "EssentialContainerExited")
    assert answer.reason and "storefront exited with code 3" in answer.reason
    assert answer.log_stream == "storefront/storefront/0123456789abcdef"
    assert answer.created == NOON
    running = told(run, {**stopped, "lastStatus": "RUNNING"})
    assert (running.exit_code, running.reason) == (None, None)


def test_another_log_driver_s_output_is_elsewhere(definition) -> None:
    container = definition["containerDefinitions"][0]
    assert Log.of({**container, "logConfiguration": {"logDriver": "awsfirelens"}}, TASK) is None
