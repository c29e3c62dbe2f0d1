"""The Service stack: one container service, from its secrets to its deployment group."""

from collections.abc import Mapping
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from aws_cdk import Annotations, CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from slipway.settings import Account, Environment, Names, Service
from slipway.settings.checks import OWN_CHECKS
from slipway.settings.lock import CreationValues
from slipway_constructs.alarms import LatencyLimit, ReleaseAlarms, release_alarm_names
from slipway_constructs.blue_green import (
    COLORS,
    LIFECYCLE_EVENTS,
    BlueGreenService,
    CreatedWith,
    DeploymentGroup,
    HealthCheck,
    Hooks,
    Hours,
    Shift,
)
from slipway_constructs.dashboard import ObservedService, ServiceDashboard
from slipway_constructs.encryption import EncryptionKey
from slipway_constructs.exec_sessions import ExecSessions
from slipway_constructs.findings import acknowledge
from slipway_constructs.log_queries import LogQueries
from slipway_constructs.logs import EncryptedLogGroup, function_log_group
from slipway_constructs.network import Network
from slipway_constructs.task import Platform, SecretKey, Task
from slipway_constructs.traffic_rule import TrafficRuleProvider
from slipway_constructs.values import arn
from stacks.entrances import Entrances
from stacks.images import ZERO_DIGEST


class ServiceStack(Stack):
    """Everything of one service in one environment.

    Its outputs are all that a release reads: see ``slipway.release.target``.

    Parameters
    ----------
    scope, id_
        Where the stack lives, and its name there.
    names, environment, service
        The settings.
    tooling
        Where the image registry is.
    wanted
        What the settings ask for today; it takes effect with a release.
    created_with
        What the service was created with; it stays in the template for ever.
    urls
        The environment variables that say where the services are that this one calls.
    digest
        The image, ``sha256:…``.
    network, cluster
        Where it runs.
    entrances
        What gives it its way in.
    host
        The DNS name under which it is reached.
    removal_policy
        What happens to logs, keys and secrets when the stack goes.

    Attributes
    ----------
    listeners
        Its way in; whoever calls it asks here to be admitted.
    tasks
        The security group of its tasks.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        environment: Environment,
        tooling: Account,
        service: Service,
        wanted: CreationValues,
        created_with: CreationValues,
        urls: Mapping[str, str],
        digest: str,
        network: Network,
        entrances: Entrances,
        host: str,
        cluster: ecs.Cluster,
        removal_policy: RemovalPolicy,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id_, stack_name=names.stack(service.name), **kwargs)
        self._names = names
        self._service = service
        self._urls = urls
        self._platform = _platform(wanted, created_with)
        self._office_hours = environment.office_hours
        self._network = network
        self._log_retention = environment.log_retention
        self._removal_policy = removal_policy
        self._encryption = EncryptionKey(
            self,
            "Encryption",
            alias=names.key_alias(service.name),
            removal_policy=removal_policy,
            log_groups=[
                names.log_group(service.name),
                *map(
                    function_log_group,
                    (names.traffic_rule_function(service.name), *self._hook_names().values()),
                ),
            ],
        )
        self._alarm_prefix = names.family(service.name)

        repository = self._import_repository(tooling)
        task = self._add_task(cluster, repository, digest, created_with)
        self.listeners = entrances.add(self, service=service, host=host)
        blue_green = self._add_blue_green_service(cluster, task, created_with)
        self.tasks = blue_green.security_group
        self._add_hooks(host, repository)
        alarms = self._add_alarms(blue_green)
        self._add_deployment_group(task, blue_green, alarms)
        self._add_outputs(task, blue_green, wanted)
        self._add_observability(blue_green)

    def call(self, callee: "ServiceStack") -> None:
        """Open the way to a service that this one calls.

        The rule stands in this stack: a service never knows who calls it.
        """
        name = callee._service.name
        callee.listeners.admit(
            self,
            f"To{name.title().replace('-', '')}",
            caller=self.tasks,
            description=f"From {self._service.name} to {name}",
        )

    def _import_repository(self, tooling: Account) -> ecr.IRepository:
        name = self._names.repository(self._service.name)
        return ecr.Repository.from_repository_attributes(
            self,
            "Repository",
            repository_name=name,
            repository_arn=arn(
                self,
                "ecr",
                f"repository/{name}",
                region=tooling.region,
                account=tooling.account,
            ),
        )

    def _image(self, repository: ecr.IRepository, digest: str) -> ecs.ContainerImage:
        if self._service.image is not None:
            return ecs.ContainerImage.from_registry(self._service.image)
        if digest == ZERO_DIGEST:
            Annotations.of(self).add_error(
                f"{self._service.name} has no image yet: build it and put its digest into "
                "build/images.json before you deploy"
            )
        return ecs.ContainerImage.from_ecr_repository(repository, digest)

    def _add_task(
        self,
        cluster: ecs.Cluster,
        repository: ecr.IRepository,
        digest: str,
        created_with: CreationValues,
    ) -> Task:
        service = self._service
        return Task(
            self,
            "Task",
            family=self._names.family(service.name),
            container=service.name,
            image=self._image(repository, digest),
            repository=repository if service.image is None else None,
            platform=self._platform,
            cpu=service.cpu,
            memory_mib=service.memory,
            architecture=service.architecture,
            port=service.port,
            environment={**service.environment, **self._urls, "PORT": str(service.port)},
            secrets=self._add_secrets(),
            log_group=EncryptedLogGroup(
                self,
                "Logs",
                name=self._names.log_group(service.name),
                retention=self._log_retention,
                encryption=self._encryption,
                removal_policy=self._removal_policy,
            ),
            stop_timeout=service.stop_timeout,
            sessions=self._sessions(cluster) if created_with.execute_command else None,
            writable=service.execute_command,
        )

    def _sessions(self, cluster: ecs.Cluster) -> ExecSessions:
        configuration = cluster.execute_command_configuration
        assert configuration is not None  # noqa: S101 - narrows the type
        assert configuration.kms_key is not None  # noqa: S101 - narrows the type
        return ExecSessions(
            log_group_arn=arn(self, "logs", f"log-group:{self._names.log_group('exec')}"),
            encryption_key_arn=configuration.kms_key.key_arn,
        )

    def _add_secrets(self) -> dict[str, SecretKey]:
        """Create the service's secrets, each with a generated value under its JSON key.

        The value is made inside Secrets Manager: no template and no log ever holds it.
        """
        service = self._service
        created: dict[str, secretsmanager.Secret] = {}
        sources = {}
        for variable, source in service.secrets.items():
            if source.name not in created:
                created[source.name] = secretsmanager.Secret(
                    self,
                    f"Secret{source.name.title()}",
                    secret_name=self._names.secret(service.name, source.name),
                    description=f"{source.name} of {service.name}",
                    encryption_key=self._encryption,
                    removal_policy=self._removal_policy,
                    generate_secret_string=secretsmanager.SecretStringGenerator(
                        secret_string_template="{}",  # noqa: S106 - an empty object to add to
                        generate_string_key=source.key,
                        exclude_punctuation=True,
                        password_length=48,
                    ),
                )
                acknowledge(
                    created[source.name],
                    "AwsSolutions-SMG4",
                    "SecretsManagerRotationEnabled",
                    because="A task reads this secret once, when it starts. Rotated on a schedule, "
                    "it would leave running tasks with the old value beside new ones with the new; "
                    "it is rotated on purpose, by a new value, and the Releases stack starts the "
                    "release that replaces every task.",
                )
            sources[variable] = SecretKey(
                secret_arn=created[source.name].secret_arn,
                encryption_key_arn=self._encryption.key_arn,
                key=source.key,
            )
        return sources

    def _add_blue_green_service(
        self,
        cluster: ecs.Cluster,
        task: Task,
        created_with: CreationValues,
    ) -> BlueGreenService:
        service = self._service
        rule_provider = TrafficRuleProvider(
            self,
            "TrafficRules",
            function_name=self._names.traffic_rule_function(service.name),
            listeners=self.listeners,
            log_retention=self._log_retention,
            encryption=self._encryption,
            removal_policy=self._removal_policy,
        )
        check = service.health_check
        blue_green = BlueGreenService(
            self,
            "BlueGreen",
            service_name=service.name,
            cluster=cluster,
            vpc=self._network.vpc,
            subnets=ec2.SubnetSelection(
                subnet_group_name=self._network.private_subnets.subnet_group_name,
                availability_zones=list(created_with.availability_zones),
            ),
            task=task,
            port=created_with.port,
            listeners=self.listeners,
            rule_provider=rule_provider,
            health_check=HealthCheck(
                path=check.path,
                interval=check.interval,
                timeout=check.timeout,
                healthy_threshold=check.healthy_threshold,
                unhealthy_threshold=check.unhealthy_threshold,
            ),
            deregistration_delay=service.load_balancer.deregistration_delay,
            created_with=CreatedWith(
                desired_count=created_with.desired_count,
                strategy=[
                    ecs.CapacityProviderStrategy(
                        capacity_provider=entry.capacity_provider,
                        base=entry.base,
                        weight=entry.weight,
                    )
                    for entry in created_with.capacity_provider_strategy
                ],
                platform_version=created_with.platform_version,
                placement=created_with.placement,
                execute_command=created_with.execute_command,
            ),
        )
        blue_green.scale_on_cpu(
            min_tasks=service.scaling.min,
            max_tasks=service.scaling.max,
            target_percent=service.scaling.cpu_percent,
            hours=(
                Hours(
                    days=self._office_hours.days,
                    start=self._office_hours.opening,
                    end=self._office_hours.closing,
                    time_zone=self._office_hours.time_zone,
                )
                if self._office_hours
                else None
            ),
        )
        return blue_green

    def _add_hooks(self, host: str, repository: ecr.IRepository) -> None:
        service = self._service
        Hooks(
            self,
            "Hooks",
            function_names=self._hook_names(),
            checks=_checks(service),
            own_checks=_own_checks(service),
            alarm_names=self._alarm_names(),
            cluster_name=self._names.cluster,
            service_name=service.name,
            application_name=self._names.codedeploy_application(service.name),
            group_name=self._names.deployment_group(service.name),
            listeners=self.listeners,
            host=host,
            repository=repository,
            vpc=self._network.vpc,
            subnet_ids=self._network.private_subnet_ids,
            log_retention=self._log_retention,
            encryption=self._encryption,
            removal_policy=self._removal_policy,
        )

    def _add_alarms(self, blue_green: BlueGreenService) -> ReleaseAlarms:
        settings = self._service.deployment.alarms
        latency = settings.latency
        return ReleaseAlarms(
            self,
            "Alarms",
            name_prefix=self._alarm_prefix,
            load_balancer=self.listeners.load_balancer.full_name,
            target_groups=blue_green.target_group_names,
            hook_functions=list(self._hook_names().values()),
            server_errors=settings.server_errors,
            latency=(
                LatencyLimit(percentile=latency.percentile, threshold=latency.threshold)
                if latency
                else None
            ),
            # By its name: the topic's stack looks at this one, and comes after it.
            notifications=arn(self, "sns", self._names.notifications),
        )

    def _add_deployment_group(
        self,
        task: Task,
        blue_green: BlueGreenService,
        alarms: ReleaseAlarms,
    ) -> None:
        service = self._service
        approval = service.deployment.approval
        DeploymentGroup(
            self,
            "Deployment",
            application_name=self._names.codedeploy_application(service.name),
            group_name=self._names.deployment_group(service.name),
            cluster_name=self._names.cluster,
            service_name=service.name,
            service=blue_green,
            task=task,
            listeners=self.listeners,
            hook_functions=list(self._hook_names().values()),
            shift=_shift(service),
            approval_wait=approval.timeout if approval.before_traffic else None,
            termination_wait=service.deployment.termination_wait,
            alarms=alarms.alarms,
        )

    def _add_observability(self, blue_green: BlueGreenService) -> None:
        name, scope = self._service.name, Construct(self, "Observability")
        observed = ObservedService(
            cluster_name=self._names.cluster,
            service_name=name,
            load_balancer=self.listeners.load_balancer.full_name,
            target_groups=blue_green.target_group_names,
            hook_functions=self._hook_names(),
            log_group=self._names.log_group(name),
            alarm_names=self._alarm_names(),
        )
        ServiceDashboard(scope, "Dashboard", name=self._names.dashboard(name), service=observed)
        LogQueries(
            scope,
            "Queries",
            name=partial(self._names.log_query, name),
            log_group=observed.log_group,
            hook_functions=observed.hook_functions,
        )

    def _add_outputs(
        self,
        task: Task,
        blue_green: BlueGreenService,
        wanted: CreationValues,
    ) -> None:
        service, network = self._service, self._network
        release_inputs = {
            "container": service.name,
            "port": service.port,
            "network": {
                "subnets": network.private_subnet_ids,
                "securityGroups": [blue_green.security_group.security_group_id],
                "assignPublicIp": "DISABLED",
            },
            "capacityProviderStrategy": [
                {
                    "capacityProvider": entry.capacity_provider,
                    "base": entry.base,
                    "weight": entry.weight,
                }
                for entry in wanted.capacity_provider_strategy
            ],
            "platformVersion": wanted.platform_version,
            "hooks": self._hook_names(),
            "logGroup": self._names.log_group(service.name),
            "scaling": {
                "maximum": service.scaling.max,
                "headroomPercent": service.scaling.headroom_percent,
            },
        }
        # The library leaves "Default" out of logical ids: each output is called what it is.
        scope = Construct(self, "Default")
        for name, value in {
            "Cluster": self._names.cluster,
            "Service": service.name,
            "Revision": task.definition.task_definition_arn,
            "Application": self._names.codedeploy_application(service.name),
            "DeploymentGroup": self._names.deployment_group(service.name),
            "Address": self.listeners.load_balancer.dns_name,
            "Port": str(self.listeners.port),
            "TestPort": str(self.listeners.test_port),
            "Alarms": ",".join(self._alarm_names()),
            "ReleaseInputs": self.to_json_string(release_inputs),
        }.items():
            output = CfnOutput(scope, name, value=value)
        # The last one: it names the subnets.
        acknowledge(
            output,
            "W6001",
            because="A release reads this stack's outputs and no other stack, so they name the "
            "subnets of its tasks, which the Network stack exports. The import is wanted: while "
            "it stands, CloudFormation lets nobody take these subnets away.",
        )

    def _hook_names(self) -> dict[str, str]:
        return {
            event: self._names.hook_function(self._service.name, event)
            for event in LIFECYCLE_EVENTS
        }

    def _alarm_names(self) -> list[str]:
        return release_alarm_names(
            self._alarm_prefix, COLORS, latency=self._service.deployment.alarms.latency is not None
        )


def _platform(wanted: CreationValues, created_with: CreationValues) -> Platform:
    """Tell what the tasks run on: both as long as a service has not moved for good."""
    on_fargate = {values.platform_version is not None for values in (wanted, created_with)}
    if len(on_fargate) > 1:
        return "either"
    return "fargate" if on_fargate.pop() else "ec2"


def _shift(service: Service) -> Shift:
    shift = service.deployment.shift
    if shift.canary is not None:
        return Shift(percent=shift.canary.percent, interval=shift.canary.interval)
    if shift.linear is not None:
        return Shift(percent=shift.linear.percent, interval=shift.linear.interval, linear=True)
    return Shift()


def _checks(service: Service) -> dict[str, list[dict[str, Any]]]:
    return {
        event: [check.declaration() for check in checks]
        for event, checks in service.deployment.checks.items()
    }


def _own_checks(service: Service) -> Path | None:
    """Return the service's checks.py, where it names a function of it."""
    checks = chain.from_iterable(service.deployment.checks.values())
    return service.directory / OWN_CHECKS if any(check.python for check in checks) else None
