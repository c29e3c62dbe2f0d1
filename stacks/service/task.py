"""The task definition of a service: what one task runs, and on what."""

from collections.abc import Mapping

from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from slipway.settings import Names, Service
from slipway.settings.lock import CreationValues
from slipway_constructs.exec_sessions import ExecSessions
from slipway_constructs.logs import EncryptedLogGroup
from slipway_constructs.task import Platform, SecretKey, Task
from slipway_constructs.values import arn
from stacks.service.data_protection import DataProtection
from stacks.service.tracing import tracing_of


def add_task(
    scope: Construct,
    names: Names,
    service: Service,
    *,
    wanted: CreationValues,
    created_with: CreationValues,
    urls: Mapping[str, str],
    secrets: Mapping[str, SecretKey],
    image: ecs.ContainerImage,
    repository: ecr.IRepository,
    cluster: ecs.Cluster,
    collector: str | None,
    data_protection: DataProtection,
) -> Task:
    """Add the task definition, and the log group that its tasks write to.

    Parameters
    ----------
    scope
        The service's stack.
    names, service
        The settings.
    wanted, created_with
        What the service moves to with a release, and what it was created with.
    urls
        The environment variables that say where the services are that this one calls.
    secrets
        The secret keys, by environment variable.
    image, repository
        The image, and where it is pulled from unless the settings name another place.
    cluster
        Where exec sessions are set up.
    collector
        The image of what takes traces, for a service that has any.
    data_protection
        How the logs are kept.
    """
    return Task(
        scope,
        "Task",
        family=names.family(service.name),
        container=service.name,
        image=image,
        repository=repository if service.image is None else None,
        platform=_platform(wanted, created_with),
        cpu=service.cpu,
        memory_mib=service.memory,
        architecture=service.architecture,
        port=service.port,
        environment={**service.environment, **urls, "PORT": str(service.port)},
        secrets=secrets,
        log_group=EncryptedLogGroup(
            scope,
            "Logs",
            name=names.log_group(service.name),
            retention=data_protection.log_retention,
            encryption=data_protection.encryption,
            removal_policy=data_protection.removal_policy,
        ),
        stop_timeout=service.stop_timeout,
        roles_path=names.task_roles_path,
        sessions=_exec_sessions(scope, names, cluster) if created_with.execute_command else None,
        writable=service.execute_command,
        tracing=tracing_of(scope, names, service, collector=collector),
    )


def _platform(wanted: CreationValues, created_with: CreationValues) -> Platform:
    """Tell what the tasks run on: both as long as a service has not moved for good."""
    on_fargate = {values.platform_version is not None for values in (wanted, created_with)}
    if len(on_fargate) > 1:
        return "either"
    return "fargate" if on_fargate.pop() else "ec2"


def _exec_sessions(scope: Construct, names: Names, cluster: ecs.Cluster) -> ExecSessions:
    configuration = cluster.execute_command_configuration
    assert configuration is not None  # noqa: S101 - narrows the type
    assert configuration.kms_key is not None  # noqa: S101 - narrows the type
    return ExecSessions(
        log_group_arn=arn(scope, "logs", f"log-group:{names.log_group('exec')}"),
        encryption_key_arn=configuration.kms_key.key_arn,
    )
