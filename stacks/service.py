"""The Service stack: one container service, from its secrets to its deployment group."""

from datetime import timedelta
from typing import Any

from aws_cdk import Annotations, CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from slipway.settings import Account, Environment, Names, Service
from slipway.settings.lock import CreationValues
from slipway_constructs.alarms import LatencyLimit, ReleaseAlarms, release_alarm_names
from slipway_constructs.blue_green import (
    LIFECYCLE_EVENTS,
    BlueGreenService,
    DeploymentGroup,
    HealthCheck,
    Hooks,
    Shift,
)
from slipway_constructs.encryption import EncryptionKey
from slipway_constructs.load_balancer import LoadBalancer
from slipway_constructs.logs import EncryptedLogGroup
from slipway_constructs.network import Network
from slipway_constructs.task import FargateTask, SecretKey
from slipway_constructs.traffic_rule import TrafficRuleProvider
from stacks.images import ZERO_DIGEST


class ServiceStack(Stack):
    """Everything of one service in one environment.

    Its outputs are all that a release reads: see ``slipway.release.target``.
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
        digest: str,
        network: Network,
        cluster: ecs.Cluster,
        removal_policy: RemovalPolicy,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id_, stack_name=names.stack(service.name), **kwargs)
        if digest == ZERO_DIGEST:
            Annotations.of(self).add_error(
                f"{service.name} has no image yet: build it and put its digest into "
                "build/images.json before you deploy"
            )
        encryption = EncryptionKey(
            self, "Encryption", alias=names.key_alias(service.name), removal_policy=removal_policy
        )
        repository = ecr.Repository.from_repository_attributes(
            self,
            "Repository",
            repository_name=names.repository(service.name),
            repository_arn=self.format_arn(
                service="ecr",
                account=tooling.account,
                region=tooling.region,
                resource="repository",
                resource_name=names.repository(service.name),
            ),
        )
        task = FargateTask(
            self,
            "Task",
            family=names.family(service.name),
            container=service.name,
            image=ecs.ContainerImage.from_ecr_repository(repository, digest),
            cpu=service.cpu,
            memory_mib=service.memory,
            architecture=service.architecture,
            port=service.port,
            environment={**service.environment, "PORT": str(service.port)},
            secrets=self._secrets(names, service, encryption, removal_policy),
            log_group=EncryptedLogGroup(
                self,
                "Logs",
                name=names.log_group(service.name),
                retention=environment.log_retention,
                encryption=encryption,
                removal_policy=removal_policy,
            ).log_group,
            stop_timeout=service.stop_timeout,
        )
        balancer = service.load_balancer
        load_balancer = LoadBalancer(
            self,
            "LoadBalancer",
            vpc=network.vpc,
            subnets=(
                network.public_subnets
                if balancer.scheme == "internet-facing"
                else network.private_subnets
            ),
            scheme=balancer.scheme,
            port=balancer.port,
            test_port=balancer.test_port,
            idle_timeout=balancer.idle_timeout,
        )
        rule_provider = TrafficRuleProvider(
            self,
            "TrafficRules",
            function_name=names.traffic_rule_function(service.name),
            log_retention=environment.log_retention,
            encryption=encryption,
            removal_policy=removal_policy,
        )
        rule_provider.manage_rules_of(load_balancer.load_balancer)
        blue_green = BlueGreenService(
            self,
            "BlueGreen",
            service_name=service.name,
            cluster=cluster,
            vpc=network.vpc,
            subnets=ec2.SubnetSelection(
                subnet_group_name=network.private_subnets.subnet_group_name,
                availability_zones=list(created_with.availability_zones),
            ),
            task=task,
            container=service.name,
            port=service.port,
            load_balancer=load_balancer,
            rule_provider=rule_provider,
            health_check=HealthCheck(
                path=service.health_check.path,
                interval=service.health_check.interval,
                timeout=service.health_check.timeout,
                healthy_threshold=service.health_check.healthy_threshold,
                unhealthy_threshold=service.health_check.unhealthy_threshold,
            ),
            deregistration_delay=balancer.deregistration_delay,
            created_with_strategy=[
                ecs.CapacityProviderStrategy(
                    capacity_provider=entry.capacity_provider, base=entry.base, weight=entry.weight
                )
                for entry in created_with.capacity_provider_strategy
            ],
            created_with_platform_version=created_with.platform_version or "LATEST",
            desired_count=created_with.desired_count,
        )
        blue_green.scale_on_cpu(
            min_tasks=service.scaling.min,
            max_tasks=service.scaling.max,
            target_percent=service.scaling.cpu_percent,
        )
        application = names.codedeploy_application(service.name)
        group = names.deployment_group(service.name)
        alarm_prefix = names.family(service.name)
        latency = service.deployment.alarms.latency
        alarm_names = release_alarm_names(
            alarm_prefix, list(blue_green.target_groups), latency=latency is not None
        )
        hooks = Hooks(
            self,
            "Hooks",
            function_names={
                event: names.hook_function(service.name, event) for event in LIFECYCLE_EVENTS
            },
            checks=_checks(service),
            alarm_names=alarm_names,
            cluster_name=names.cluster,
            service_name=service.name,
            application_name=application,
            group_name=group,
            load_balancer=load_balancer,
            repository=repository,
            vpc=network.vpc,
            subnets=network.private_subnets,
            log_retention=environment.log_retention,
            encryption=encryption,
            removal_policy=removal_policy,
        )
        alarms = ReleaseAlarms(
            self,
            "Alarms",
            name_prefix=alarm_prefix,
            load_balancer=load_balancer.load_balancer,
            target_groups=blue_green.target_groups,
            hook_functions=list(hooks.functions.values()),
            server_errors=service.deployment.alarms.server_errors,
            latency=(
                LatencyLimit(percentile=latency.percentile, threshold=latency.threshold)
                if latency
                else None
            ),
        )
        DeploymentGroup(
            self,
            "Deployment",
            application_name=application,
            group_name=group,
            service=blue_green,
            task=task,
            load_balancer=load_balancer,
            hook_functions=list(hooks.functions.values()),
            shift=_shift(service),
            termination_wait=service.deployment.termination_wait,
            alarms=alarms.alarms,
        )
        self._outputs(
            Cluster=names.cluster,
            Service=service.name,
            Revision=task.definition.task_definition_arn,
            Application=application,
            DeploymentGroup=group,
            Address=load_balancer.load_balancer.load_balancer_dns_name,
            Port=str(balancer.port),
            TestPort=str(balancer.test_port),
            Alarms=",".join(alarm_names),
            ReleaseInputs=self.to_json_string(
                {
                    "container": service.name,
                    "port": service.port,
                    "network": {
                        "subnets": network.vpc.select_subnets(
                            subnet_group_name=network.private_subnets.subnet_group_name
                        ).subnet_ids,
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
                    "hooks": {
                        event: names.hook_function(service.name, event)
                        for event in LIFECYCLE_EVENTS
                    },
                }
            ),
        )

    def _secrets(
        self,
        names: Names,
        service: Service,
        encryption: EncryptionKey,
        removal_policy: RemovalPolicy,
    ) -> dict[str, SecretKey]:
        """Create the service's secrets, each with a generated value under each JSON key.

        The value is made inside Secrets Manager: no template and no log ever holds it.
        """
        created: dict[str, secretsmanager.Secret] = {}
        sources = {}
        for variable, source in service.secrets.items():
            if source.name not in created:
                created[source.name] = secretsmanager.Secret(
                    self,
                    f"Secret{source.name.title()}",
                    secret_name=names.secret(service.name, source.name),
                    description=f"{source.name} of {service.name}",
                    encryption_key=encryption.key,
                    removal_policy=removal_policy,
                    generate_secret_string=secretsmanager.SecretStringGenerator(
                        secret_string_template="{}",  # noqa: S106 - an empty object to add to
                        generate_string_key=source.key,
                        exclude_punctuation=True,
                        password_length=48,
                    ),
                )
            sources[variable] = SecretKey(secret=created[source.name], key=source.key)
        return sources

    def _outputs(self, **values: str) -> None:
        scope = Construct(self, "Outputs")
        for name, value in values.items():
            CfnOutput(scope, name, value=value).override_logical_id(name)


def _shift(service: Service) -> Shift:
    shift = service.deployment.shift
    if shift.canary is not None:
        return Shift(percent=shift.canary.percent, interval=shift.canary.interval)
    if shift.linear is not None:
        return Shift(percent=shift.linear.percent, interval=shift.linear.interval, linear=True)
    return Shift()


def _checks(service: Service) -> dict[str, list[dict[str, Any]]]:
    """Say a service's checks as the hook functions read them: times as seconds."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                f"{key}_seconds" if isinstance(inner, timedelta) else key: plain(inner)
                for key, inner in value.items()
            }
        return value.total_seconds() if isinstance(value, timedelta) else value

    return {
        event: [plain(check.model_dump(exclude_none=True)) for check in checks]
        for event, checks in service.deployment.checks.items()
    }
