"""A collector beside a service's container, which takes its traces to AWS X-Ray."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_logs as logs

from slipway_constructs.permissions import Permission
from slipway_constructs.values import duration, place

# What OpenTelemetry's SDKs send to by themselves, over HTTP.
# https://opentelemetry.io/docs/specs/otel/protocol/exporter/
_PORT = 4318
# The containers of a task have one network interface, and with it one loopback interface. Nobody
# else reaches what listens there.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking-awsvpc.html
_HOST = "127.0.0.1"
_HEALTH_PORT = 13133
# Beyond it the collector refuses what comes, instead of being ended for what it has.
_MEMORY_LIMIT_PERCENT = 75


@dataclass(frozen=True, kw_only=True)
class Tracing:
    """A collector of the AWS Distro for OpenTelemetry.

    It is not essential: where it ends, or never starts, the service goes on without traces, and
    ECS starts it again.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/trace-data.html

    Attributes
    ----------
    image
        The collector's image, by digest.
    repository
        Where ECS pulls it from; ``None`` if that is a public registry.
    cpu, memory_mib
        What it may use of the task's CPU units, if others want them too, and of its memory.
    sampled_percent
        How many of the requests that begin in the service are traced.
    service, environment, application
        What the service is called in traces, and where it runs.
    log_group_name
        Where the service logs: X-Ray then shows the lines beside a trace.
    """

    image: ecs.ContainerImage
    repository: ecr.IRepository | None
    cpu: int
    memory_mib: int
    sampled_percent: int
    service: str
    environment: str
    application: str
    log_group_name: str

    @property
    def permissions(self) -> list[Permission]:
        """Say what the task's role has to allow.

        The collector asks X-Ray for no sampling rules, and reports nothing of itself.
        """
        return [Permission(["xray:PutTraceSegments"], ["*"])]

    @property
    def wildcards(self) -> dict[str, str]:
        """Give the reason for each ``*`` of them."""
        return {
            "*": "Tracing: xray:PutTraceSegments takes no resource, for traces belong to the "
            "account. It is all of X-Ray that the task may do; it can't read a trace."
        }

    @property
    def variables(self) -> dict[str, str]:
        """Say what OpenTelemetry in the service has to know.

        https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
        """
        resource = {
            "service.namespace": self.application,
            "deployment.environment.name": self.environment,
            "aws.log.group.names": self.log_group_name,
        }
        return {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{_HOST}:{_PORT}",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            "OTEL_SERVICE_NAME": self.service,
            "OTEL_RESOURCE_ATTRIBUTES": ",".join(
                f"{name}={value}" for name, value in resource.items()
            ),
            # The collector takes traces only; an SDK would tell of what it can't send.
            "OTEL_METRICS_EXPORTER": "none",
            "OTEL_LOGS_EXPORTER": "none",
            "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
            "OTEL_TRACES_SAMPLER_ARG": str(self.sampled_percent / 100),
        }

    def add_to(
        self,
        definition: ecs.TaskDefinition,
        *,
        container: str,
        linux_parameters: ecs.LinuxParameters,
        log_group: logs.ILogGroup,
        stop_timeout: timedelta,
    ) -> None:
        """Add the collector to a task definition, as confined as the service's container.

        Nothing waits for it to start, or the service would wait for ever for one that can't.
        """
        name = f"{container}-collector"
        definition.add_container(
            name,
            container_name=name,
            image=self.image,
            essential=False,
            # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-restart-policy.html
            enable_restart_policy=True,
            cpu=self.cpu,
            memory_limit_mib=self.memory_mib,
            environment={"AOT_CONFIG_CONTENT": json.dumps(self._configuration(definition))},
            # What the image brings for it: there is no shell in it.
            health_check=ecs.HealthCheck(command=["CMD", "/healthcheck"]),
            logging=ecs.LogDriver.aws_logs(stream_prefix="collector", log_group=log_group),
            readonly_root_filesystem=True,
            linux_parameters=linux_parameters,
            stop_timeout=duration(stop_timeout),
        )

    def _configuration(self, definition: ecs.TaskDefinition) -> Mapping[str, Any]:
        """Configure the collector; it reads YAML, which JSON is as well.

        https://aws-otel.github.io/docs/setup/ecs/config-through-ssm
        """
        limit = self.memory_mib * _MEMORY_LIMIT_PERCENT // 100
        return {
            "extensions": {"health_check": {"endpoint": f"{_HOST}:{_HEALTH_PORT}"}},
            "receivers": {"otlp": {"protocols": {"http": {"endpoint": f"{_HOST}:{_PORT}"}}}},
            "processors": {
                "memory_limiter": {
                    "check_interval": "1s",
                    "limit_mib": limit,
                    "spike_limit_mib": limit // 4,
                },
                # Which task it was, and on what.
                "resourcedetection": {"detectors": ["env", "ecs"], "override": False},
                "batch": {"timeout": "1s", "send_batch_size": 50},
            },
            "exporters": {"awsxray": {"region": place(definition)[1]}},
            "service": {
                "extensions": ["health_check"],
                "pipelines": {
                    "traces": {
                        "receivers": ["otlp"],
                        "processors": ["memory_limiter", "resourcedetection", "batch"],
                        "exporters": ["awsxray"],
                    }
                },
            },
        }
