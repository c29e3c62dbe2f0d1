"""A collector beside a container: it gets the traces, and stands in nobody's way."""

import json
from typing import Any

import pytest

TASK = "AWS::ECS::TaskDefinition"
IMAGE = "public.ecr.aws/aws-observability/aws-otel-collector@sha256:" + "c" * 64
ON_ITS_OWN = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/collector@sha256:" + "c" * 64


@pytest.fixture
def task(synthesise: Any) -> Any:
    return synthesise(add_task)


def containers(task: Any) -> Any:
    return task.only(TASK)["ContainerDefinitions"]


def variables(container: Any) -> Any:
    return {each["Name"]: each["Value"] for each in container["Environment"]}


def configuration(task: Any) -> Any:
    return json.loads(variables(containers(task)[1])["AOT_CONFIG_CONTENT"])


def test_a_collector_that_ends_takes_no_task_with_it(task: Any) -> None:
    """And nothing waits for one that never starts; ECS starts it again."""
    service, collector = containers(task)
    assert (service["Essential"], collector["Essential"]) == (True, False)
    assert "DependsOn" not in service
    assert collector["RestartPolicy"] == {"Enabled": True}


def test_the_collector_is_confined_like_the_service(task: Any) -> None:
    service, collector = containers(task)
    assert collector["Image"] == IMAGE
    for key in ("ReadonlyRootFilesystem", "LinuxParameters", "StopTimeout"):
        assert collector[key] == service[key]
    assert (collector["Cpu"], collector["Memory"]) == (32, 128)
    assert "PortMappings" not in collector


def test_only_the_service_s_container_reaches_it(task: Any) -> None:
    """They share a loopback interface, and nobody else is on it."""
    given = configuration(task)
    endpoint = given["receivers"]["otlp"]["protocols"]["http"]["endpoint"]
    assert endpoint == "127.0.0.1:4318"
    assert given["extensions"]["health_check"]["endpoint"].startswith("127.0.0.1:")
    told = variables(containers(task)[0])
    assert told["OTEL_EXPORTER_OTLP_ENDPOINT"] == f"http://{endpoint}"


def test_it_gives_way_before_its_memory_ends(task: Any) -> None:
    limit = configuration(task)["processors"]["memory_limiter"]["limit_mib"]
    assert 0 < limit < containers(task)[1]["Memory"]


def test_every_part_of_the_configuration_is_used(task: Any) -> None:
    """The collector doesn't start with one that names what isn't there."""
    given = configuration(task)
    (pipeline,) = given["service"]["pipelines"].values()
    for kind in ("receivers", "processors", "exporters"):
        assert list(given[kind]) == pipeline[kind]
    assert list(given["extensions"]) == given["service"]["extensions"]


def test_the_service_learns_what_it_is_called_in_traces(task: Any) -> None:
    told = variables(containers(task)[0])
    assert told["OTEL_SERVICE_NAME"] == "web"
    assert told["OTEL_RESOURCE_ATTRIBUTES"].split(",") == [
        "service.namespace=shop",
        "deployment.environment.name=dev",
        "aws.log.group.names=/shop/dev/web",
    ]
    assert told["OTEL_TRACES_SAMPLER_ARG"] == "0.05"


def test_what_the_service_says_itself_holds(synthesise: Any) -> None:
    task = synthesise(lambda stack: add_task(stack, environment={"OTEL_SERVICE_NAME": "shop-web"}))
    assert variables(containers(task)[0])["OTEL_SERVICE_NAME"] == "shop-web"


def test_lines_of_the_collector_are_told_from_the_service_s(task: Any) -> None:
    service, collector = (each["LogConfiguration"]["Options"] for each in containers(task))
    assert service["awslogs-group"] == collector["awslogs-group"]
    assert (service["awslogs-stream-prefix"], collector["awslogs-stream-prefix"]) == (
        "web",
        "collector",
    )


def test_the_task_may_write_traces_and_nothing_else(task: Any) -> None:
    (statement,) = task.statements("TaskTaskRole")
    assert (statement["Action"], statement["Resource"]) == ("xray:PutTraceSegments", "*")


def test_a_public_image_is_pulled_without_credentials(task: Any, synthesise: Any) -> None:
    assert "ecr:" not in json.dumps(task.statements("TaskExecutionRole"))
    private = synthesise(lambda stack: add_task(stack, image=ON_ITS_OWN))
    assert "repository/collector" in json.dumps(private.statements("TaskExecutionRole"))


def add_task(stack: Any, image: str = IMAGE, environment: Any = None) -> None:
    from datetime import timedelta
    from types import SimpleNamespace

    from aws_cdk import aws_ecs as ecs
    from aws_cdk import aws_logs as logs

    from slipway.settings import Names
    from slipway.settings.tracing import Tracing
    from slipway_constructs.task import Task
    from stacks.service.tracing import tracing_of

    service: Any = SimpleNamespace(name="web", tracing=Tracing())
    Task(
        stack,
        "Task",
        family="shop-dev-web",
        container="web",
        image=ecs.ContainerImage.from_registry("web"),
        repository=None,
        platform="fargate",
        cpu=256,
        memory_mib=512,
        architecture="arm64",
        port=8080,
        environment=environment or {},
        secrets={},
        log_group=logs.LogGroup(stack, "Logs"),
        stop_timeout=timedelta(seconds=60),
        roles_path="/shop/dev/tasks/",
        tracing=tracing_of(stack, Names("shop", "dev"), service, collector=image),
    )
