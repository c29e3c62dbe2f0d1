"""Where a release goes: what the outputs of the Service stack say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.exceptions import ClientError

from slipway.release.commands import UNNAMED, Commands
from slipway.release.errors import TargetError, aws_errors


def short(revision: str) -> str:
    """``family:revision`` of a task definition's ARN; tasks report themselves so."""
    return revision.rsplit("/", 1)[-1]


@dataclass(frozen=True, kw_only=True)
class Network:
    """Where the tasks' network interfaces are placed; AssignPublicIp is ENABLED or DISABLED."""

    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]
    assign_public_ip: str


@dataclass(frozen=True, kw_only=True)
class CapacityProvider:
    """One item of the capacity provider strategy."""

    name: str
    base: int
    weight: int

    @property
    def is_fargate(self) -> bool:
        """Whether AWS Fargate runs the tasks: FARGATE or FARGATE_SPOT."""
        return self.name in {"FARGATE", "FARGATE_SPOT"}


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """How many tasks a release may start with: scaling rests meanwhile."""

    maximum: int
    headroom_percent: int


@dataclass(frozen=True, kw_only=True)
class Target:
    """One service in one environment, and the revision that its stack wants released.

    The stack is the only source: the newest revision of the family may be one that was
    rolled back, or a copy that a pipeline registered.
    """

    cluster: str
    service: str
    revision: str
    """ARN of the task definition revision to release."""
    application: str
    deployment_group: str
    address: str
    """DNS name of the load balancer."""
    port: int
    test_port: int
    alarms: tuple[str, ...]
    container: str
    container_port: int
    network: Network
    capacity_provider_strategy: tuple[CapacityProvider, ...]
    platform_version: str | None
    hooks: Mapping[str, str]
    """Name of the function for each lifecycle event that has one."""
    log_group: str
    """Where the tasks log to."""
    scaling: Scaling
    target_groups: Mapping[str, str] = field(default_factory=dict)
    """Name of the target group that alarms and dashboard call ``blue``, and of that which they
    call ``green``; empty where the stack was deployed before it said so."""
    commands: Commands = UNNAMED
    """How the next command to try is written."""

    @classmethod
    def from_stack(
        cls, cloudformation: Any, stack_name: str, *, commands: Commands = UNNAMED
    ) -> Target:
        """Read the target from a deployed Service stack.

        Parameters
        ----------
        cloudformation
            A boto3 CloudFormation client.
        stack_name
            Such as ``shop-prod-storefront``.
        commands
            How the next command to try is written.

        Raises
        ------
        TargetError
            When the stack is missing or its outputs are not those of a Service stack.
        AwsError
            When CloudFormation refuses or can't be reached.

        See https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
        """
        with aws_errors(f"read the stack {stack_name}"):
            try:
                stacks = cloudformation.describe_stacks(StackName=stack_name)["Stacks"]
            except ClientError as error:
                if "does not exist" not in str(error):
                    raise
                stacks = []
        if not stacks:
            raise TargetError(
                f"The stack {stack_name} does not exist in {cloudformation.meta.region_name}: "
                f"{_first(commands)}"
            )
        outputs = {o["OutputKey"]: o["OutputValue"] for o in stacks[0].get("Outputs", [])}
        return cls.from_outputs(outputs, source=f"stack {stack_name}", commands=commands)

    @classmethod
    def from_outputs(
        cls,
        outputs: Mapping[str, str],
        source: str = "Service stack",
        commands: Commands = UNNAMED,
    ) -> Target:
        """Read the target from a mapping of output keys to values.

        Raises
        ------
        TargetError
            Naming the first output that is missing or can't be read.
        """
        try:
            inputs = json.loads(outputs["ReleaseInputs"])
            return cls(
                cluster=outputs["Cluster"].rsplit("/", 1)[-1],
                service=outputs["Service"].rsplit("/", 1)[-1],
                revision=outputs["Revision"],
                application=outputs["Application"],
                deployment_group=outputs["DeploymentGroup"],
                address=outputs["Address"],
                port=int(outputs["Port"]),
                test_port=int(outputs["TestPort"]),
                alarms=tuple(filter(None, outputs["Alarms"].split(","))),
                container=inputs["container"],
                container_port=int(inputs["port"]),
                network=Network(
                    subnets=tuple(inputs["network"]["subnets"]),
                    security_groups=tuple(inputs["network"]["securityGroups"]),
                    assign_public_ip=inputs["network"]["assignPublicIp"],
                ),
                capacity_provider_strategy=tuple(
                    CapacityProvider(
                        name=item["capacityProvider"],
                        base=int(item.get("base", 0)),
                        weight=int(item.get("weight", 0)),
                    )
                    for item in inputs["capacityProviderStrategy"]
                ),
                platform_version=inputs.get("platformVersion"),
                hooks=dict(inputs.get("hooks", {})),
                log_group=inputs["logGroup"],
                scaling=Scaling(
                    maximum=int(inputs["scaling"]["maximum"]),
                    headroom_percent=int(inputs["scaling"]["headroomPercent"]),
                ),
                target_groups=dict(inputs.get("targetGroups", {})),
                commands=commands,
            )
        except KeyError as missing:
            raise TargetError(
                f"The {source} does not say {missing.args[0]} in its outputs: {_first(commands)}"
            ) from missing
        except (AttributeError, TypeError, ValueError) as error:
            raise TargetError(
                f"The outputs of the {source} cannot be read ({error}): {_first(commands)}"
            ) from error

    @property
    def released_platform_version(self) -> str | None:
        """The platform version that a release asks for, where it may ask for one.

        Only Fargate has platform versions; ECS refuses one beside an Auto Scaling provider.
        """
        providers = self.capacity_provider_strategy
        return self.platform_version if all(each.is_fargate for each in providers) else None

    def command(self, verb: str, *options: str) -> str:
        """Write a command about the service: ``slipway watch storefront -e prod``."""
        return self.commands.about(self.service, verb, *options)

    def with_revision(self, revision: str) -> Target:
        """Return the same target for another revision: an ARN, or ``family:revision``."""
        prefix = self.revision.rsplit("/", 1)[0]
        return replace(self, revision=f"{prefix}/{short(revision)}")


def _first(commands: Commands) -> str:
    return f"deploy it first: {commands.about_environment('deploy')}"
