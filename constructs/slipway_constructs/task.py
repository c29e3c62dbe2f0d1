"""What one task runs: its container, its secrets, its logs, its two roles."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Literal

from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from slipway_constructs.exec_sessions import ExecSessions
from slipway_constructs.findings import acknowledge
from slipway_constructs.permissions import Permission, ServiceRole, to_log, to_pull
from slipway_constructs.tracing import Tracing
from slipway_constructs.values import duration, place, resource_of

Architecture = Literal["x86_64", "arm64"]
Platform = Literal["fargate", "ec2", "either"]

_ECS_TASKS = "ecs-tasks.amazonaws.com"

_COMPATIBILITY = {
    "fargate": ecs.Compatibility.FARGATE,
    "ec2": ecs.Compatibility.EC2,
    "either": ecs.Compatibility.EC2_AND_FARGATE,
}


@dataclass(frozen=True, kw_only=True)
class SecretKey:
    """One JSON key of one secret."""

    secret_arn: str
    encryption_key_arn: str
    key: str


class Task(Construct):
    """A task definition for one container, hardened, that outlives its own replacement.

    Each task has a network interface of its own (awsvpc), on Fargate and on EC2 alike. Each change
    of the definition registers a new revision. The old one is retained: after a rollback it is the
    one that runs, and CloudFormation would deregister it otherwise.

    Parameters
    ----------
    scope, id_
        Where the task definition lives, and its name there.
    family
        The task definition's family.
    container
        The container's name.
    image
        The image, by digest.
    repository
        Where ECS pulls it from; ``None`` if that is not a registry of ours.
    platform
        What the tasks run on; ``either`` while a service moves from one to the other.
    cpu
        CPU units; 1024 are one vCPU.
    memory_mib
        Memory in MiB: a limit, and what is set aside.
    architecture
        The processor that the image is built for.
    port
        The port that the container listens on.
    environment
        Plain environment variables.
    secrets
        Environment variables that ECS fills from Secrets Manager when a task starts.
    log_group
        Where stdout goes.
    stop_timeout
        The time between SIGTERM and SIGKILL.
    roles_path
        The path of both roles: it tells them from all others, so that somebody may pass these.
    sessions
        Where sessions of ECS Exec are kept, if they are to be opened in these tasks. Beyond that
        the program may do nothing in AWS.
    writable
        Whether the container may write to its root file system. ECS Exec needs it.
    tracing
        A collector beside the container, which gets the container's traces. Its variables give
        way to those of ``environment``.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        family: str,
        container: str,
        image: ecs.ContainerImage,
        repository: ecr.IRepository | None,
        platform: Platform,
        cpu: int,
        memory_mib: int,
        architecture: Architecture,
        port: int,
        environment: Mapping[str, str],
        secrets: Mapping[str, SecretKey],
        log_group: logs.ILogGroup,
        stop_timeout: timedelta,
        roles_path: str,
        sessions: ExecSessions | None = None,
        writable: bool = False,
        tracing: Tracing | None = None,
    ) -> None:
        super().__init__(scope, id_)
        self.log_group = log_group
        # Two roles: what ECS needs to start the task, and what the program itself may do.
        repositories = [repository, tracing.repository if tracing else None]
        self.execution_role = self._execution_role(
            [each for each in repositories if each], log_group, secrets.values(), path=roles_path
        )
        asked_for = [each for each in (sessions, tracing) if each]
        self.task_role = ServiceRole(
            self,
            "TaskRole",
            service=_ECS_TASKS,
            permissions=[permission for each in asked_for for permission in each.permissions],
            wildcards=_joined(each.wildcards for each in asked_for),
            path=roles_path,
        )
        self.definition = ecs.TaskDefinition(
            self,
            "Definition",
            family=family,
            compatibility=_COMPATIBILITY[platform],
            network_mode=ecs.NetworkMode.AWS_VPC,
            cpu=str(cpu),
            memory_mib=str(memory_mib),
            execution_role=self.execution_role.without_policy_updates(),
            task_role=self.task_role.without_policy_updates(),
            # EC2 instances are of one processor; only Fargate has to be told.
            runtime_platform=_linux(architecture) if platform != "ec2" else None,
        )
        self.resource = resource_of(self.definition)
        self.resource.add_override("UpdateReplacePolicy", "Retain")
        self.resource.add_override("DeletionPolicy", "Delete")

        linux_parameters = ecs.LinuxParameters(self, "Linux", init_process_enabled=True)
        linux_parameters.drop_capabilities(ecs.Capability.ALL)
        self.definition.add_container(
            container,
            container_name=container,
            image=image,
            essential=True,
            environment={**(tracing.variables if tracing else {}), **environment},
            secrets={
                name: ecs.Secret.from_secrets_manager(
                    # By its ARN: for the secret itself the library would name the role in the
                    # key's policy, and key, log group and role would wait for each other.
                    secretsmanager.Secret.from_secret_complete_arn(self, name, source.secret_arn),
                    source.key,
                )
                for name, source in secrets.items()
            },
            logging=ecs.LogDriver.aws_logs(stream_prefix=container, log_group=log_group),
            port_mappings=[ecs.PortMapping(container_port=port, protocol=ecs.Protocol.TCP)],
            readonly_root_filesystem=not writable,
            linux_parameters=linux_parameters,
            stop_timeout=duration(stop_timeout),
        )
        if tracing:
            tracing.add_to(
                self.definition,
                container=container,
                linux_parameters=linux_parameters,
                log_group=log_group,
                stop_timeout=stop_timeout,
            )
        acknowledge(
            self.definition,
            "AwsSolutions-ECS2",
            because="These variables are settings that anybody may read, from a reviewed "
            "service.yaml, and a change of one is a release with its checks like any other. "
            "What is secret comes from Secrets Manager; a policy test keeps it out of here.",
        )

    def _execution_role(
        self,
        repositories: Sequence[ecr.IRepository],
        log_group: logs.ILogGroup,
        secrets: Iterable[SecretKey],
        *,
        path: str,
    ) -> ServiceRole:
        """Let ECS do what it needs to start the task.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
        """
        secrets = list(secrets)
        by_secrets_manager = {
            "StringEquals": {"kms:ViaService": f"secretsmanager.{place(self)[1]}.amazonaws.com"}
        }
        return ServiceRole(
            self,
            "ExecutionRole",
            service=_ECS_TASKS,
            path=path,
            permissions=[
                to_log([log_group]),
                *(to_pull(repositories) if repositories else ()),
                *(
                    Permission(actions, list(dict.fromkeys(resources)), conditions)
                    for actions, resources, conditions in (
                        (
                            ["secretsmanager:GetSecretValue"],
                            (each.secret_arn for each in secrets),
                            {},
                        ),
                        (
                            ["kms:Decrypt"],
                            (each.encryption_key_arn for each in secrets),
                            by_secrets_manager,
                        ),
                    )
                    if secrets
                ),
            ],
            wildcards={
                "*": "ecr:GetAuthorizationToken takes no resource: the token is the registry's. "
                "Images, logs and secrets are granted by ARN."
            }
            if repositories
            else {},
        )


@cache
def _linux(architecture: Architecture) -> ecs.RuntimePlatform:
    return ecs.RuntimePlatform(
        cpu_architecture=ecs.CpuArchitecture.ARM64
        if architecture == "arm64"
        else ecs.CpuArchitecture.X86_64,
        operating_system_family=ecs.OperatingSystemFamily.LINUX,
    )


def _joined(reasons: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Put the reasons together that several give for the same resource."""
    joined: dict[str, str] = {}
    for each in reasons:
        for resource, reason in each.items():
            joined[resource] = " ".join(filter(None, (joined.get(resource), reason)))
    return joined
