"""The Network stack: what every service of an environment stands on."""

from typing import Any

from aws_cdk import RemovalPolicy, Stack
from constructs import Construct

from slipway.settings import Account, Environment, Names
from slipway_constructs.default_security_group import EmptyDefaultSecurityGroup
from slipway_constructs.encryption import EncryptionKey
from slipway_constructs.logs import EncryptedLogGroup
from slipway_constructs.network import Network
from stacks.entrances import Entrances


class NetworkStack(Stack):
    """VPC, subnets, way out, flow logs; and of the ways in, what services have in common."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        environment: Environment,
        tooling: Account,
        traced: bool,
        removal_policy: RemovalPolicy,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id_, stack_name=names.stack("network"), **kwargs)
        self._availability_zones = list(environment.availability_zones)
        encryption = EncryptionKey(
            self,
            "Encryption",
            alias=names.key_alias("network"),
            removal_policy=removal_policy,
            log_groups=[
                names.log_group("flow-logs"),
                names.log_group("default-security-group"),
                names.firewall_logs,
            ],
        )
        self.network = Network(
            self,
            "Network",
            cidr=environment.network.cidr,
            availability_zones=environment.availability_zones,
            nat=environment.network.nat,
            endpoints=environment.network.endpoints,
            traced=traced,
            registry_account=tooling.account,
            flow_log_name=names.log_group("flow-logs"),
            flow_log_retention=environment.log_retention,
            encryption=encryption,
            removal_policy=removal_policy,
        )
        EmptyDefaultSecurityGroup(
            self,
            "DefaultSecurityGroup",
            vpc=self.network.vpc,
            log_group=EncryptedLogGroup(
                self,
                "DefaultSecurityGroupLogs",
                name=names.log_group("default-security-group"),
                retention=environment.log_retention,
                encryption=encryption,
                removal_policy=removal_policy,
            ),
        )
        self.entrances = Entrances(
            self,
            names=names,
            environment=environment,
            network=self.network,
            encryption=encryption,
            removal_policy=removal_policy,
        )

    @property
    def availability_zones(self) -> list[str]:
        """The zones of the settings: the library would look them up in AWS, even to compare."""
        return self._availability_zones
