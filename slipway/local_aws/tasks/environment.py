"""The environment of a container: nothing of this process, only what ECS would give it."""

from __future__ import annotations

import secrets
from typing import Any

from ministack.services import ecs_metadata

from slipway.local_aws.machine import Machine
from slipway.local_aws.names import names
from slipway.local_aws.tasks.images import Image
from slipway.local_aws.trust import certificate_authority


def container_environment(
    machine: Machine,
    image: Image,
    container: dict[str, Any],
    secret_values: dict[str, str],
    given: dict[str, str],
) -> dict[str, str]:
    """Put the variables of a container together; later sources win.

    The order is ECS's: the image's own, the container definition's, then secrets. What the
    machine gives comes last: a task that listened on another address than its own could not be
    told from its neighbours. Whom to trust is the other way round: a container that knows is left
    alone.
    """
    trust = certificate_authority(machine).variables
    declared = {item["name"]: item["value"] for item in container.get("environment", [])}
    return names(machine).added_to(
        {**trust, **image.environment, **declared, **secret_values, **given}
    )


def given_variables(
    machine: Machine,
    *,
    address: str,
    metadata_uri: str,
    launch_type: str,
    account: str,
    region: str,
) -> dict[str, str]:
    """Return what this machine adds to every container."""
    return {
        "HOST": address,
        "ECS_CONTAINER_METADATA_URI_V4": metadata_uri,
        "AWS_EXECUTION_ENV": f"AWS_ECS_{launch_type}",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ENDPOINT_URL": machine.endpoint,
        # The account is the access key, as everywhere on this machine; it opens nothing else.
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "local",
    }


class Metadata:
    """What the task metadata endpoint, version 4, answers about one task.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate.html
    """

    def __init__(self, machine: Machine, record: dict[str, Any], address: str) -> None:
        self._arn = record["taskArn"]
        self._token = secrets.token_urlsafe(24)
        self.uri = f"{machine.endpoint}/v4/{self._token}"
        family, _, revision = record["taskDefinitionArn"].rpartition("/")[2].rpartition(":")
        container = record["containers"][0]
        ecs_metadata.register_container(
            self._token,
            self._arn,
            {
                "Cluster": record["clusterArn"],
                "TaskARN": self._arn,
                "Family": family,
                "Revision": revision,
                "ServiceName": record["group"].removeprefix("service:"),
                "DesiredStatus": "RUNNING",
                "KnownStatus": "PENDING",
                "LaunchType": record["launchType"],
                "AvailabilityZone": record["availabilityZone"],
                "Limits": {
                    "CPU": int(record["cpu"]) / 1024,
                    "Memory": int(record["memory"]),
                },
            },
            {
                "DockerId": container["runtimeId"],
                "Name": container["name"],
                "DockerName": container["name"],
                "Image": container["image"],
                "ImageID": container.get("imageDigest", ""),
                "Labels": {
                    "com.amazonaws.ecs.cluster": record["clusterArn"],
                    "com.amazonaws.ecs.container-name": container["name"],
                    "com.amazonaws.ecs.task-arn": self._arn,
                    "com.amazonaws.ecs.task-definition-family": family,
                    "com.amazonaws.ecs.task-definition-version": revision,
                },
                "DesiredStatus": "RUNNING",
                "KnownStatus": "PENDING",
                "Type": "NORMAL",
                "Networks": [{"NetworkMode": "awsvpc", "IPv4Addresses": [address]}],
            },
        )

    def running(self) -> None:
        """Say that the task runs."""
        ecs_metadata.set_task_status(self._arn, known_status="RUNNING")
        ecs_metadata.set_container_status(self._token, "RUNNING")

    def forget(self) -> None:
        """Answer nothing about the task any more."""
        ecs_metadata.unregister_token(self._token)
