"""The ways into an environment: load balancers, their listeners, their DNS names."""

from typing import Any

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_route53 as route53

from slipway.settings import Environment, Names, Service
from slipway.settings.load_balancer import HTTPS_PORT, SharedLoadBalancer
from slipway_constructs.access_logs import AccessLogs
from slipway_constructs.encryption import EncryptionKey
from slipway_constructs.listeners import Listeners, PlainHttp, Tls
from slipway_constructs.load_balancer import LoadBalancer
from slipway_constructs.logs import EncryptedLogGroup
from slipway_constructs.network import Network


class Entrances:
    """What the load balancers of an environment have in common, and those that services share.

    It stands in the Network stack and knows no service. What a service adds is in its own stack:
    listeners, the ports that they open, a DNS record, and a load balancer if it has its own.

    Parameters
    ----------
    stack
        The Network stack.
    names, environment
        The settings.
    network
        Where load balancers have their addresses.
    encryption
        The key of the firewalls' log.
    removal_policy
        What happens to the firewalls' log when its stack goes.
    """

    def __init__(
        self,
        stack: Stack,
        *,
        names: Names,
        environment: Environment,
        network: Network,
        encryption: EncryptionKey,
        removal_policy: RemovalPolicy,
    ) -> None:
        self._names = names
        self._network = network
        self._transport = _transport(environment)
        # As its stack: whoever keeps the data doesn't mean to delete what works on it.
        self._deletion_protection = removal_policy == RemovalPolicy.RETAIN
        self._access_logs = AccessLogs(stack, "AccessLogs", retention=environment.log_retention)
        self._firewall_logs = EncryptedLogGroup(
            stack,
            "FirewallLogs",
            name=names.firewall_logs,
            retention=environment.log_retention,
            encryption=encryption,
            removal_policy=removal_policy,
        )
        self._hosted_zone_id = (
            environment.domain.hosted_zone_id
            if environment.domain
            else route53.PrivateHostedZone(
                stack, "PrivateZone", zone_name=names.private_zone, vpc=network.vpc
            ).hosted_zone_id
        )
        self._shared = {
            name: self._add_load_balancer(
                stack,
                f"{name.title()}LoadBalancer",
                settings,
                name=names.shared_load_balancer(name),
                tls_port=HTTPS_PORT,
                shared=True,
            )
            for name, settings in environment.load_balancers.items()
        }

    def add(self, stack: Stack, *, service: Service, host: str) -> Listeners:
        """Give a service its way in, in its own stack.

        Parameters
        ----------
        stack
            The service's stack.
        service
            Its settings.
        host
            The DNS name under which it is reached.
        """
        settings = service.load_balancer
        load_balancer = (
            self._shared[settings.shared]
            if settings.shared is not None
            else self._add_load_balancer(
                stack,
                "LoadBalancer",
                settings,
                name=self._names.family(service.name),
                tls_port=settings.port,
            )
        )
        load_balancer.add_alias(stack, "Name", host=host, hosted_zone_id=self._hosted_zone_id)
        return Listeners(
            stack,
            "Listeners",
            load_balancer=load_balancer,
            transport=self._transport,
            port=settings.port,
            test_port=settings.test_port,
        )

    def _add_load_balancer(
        self, stack: Stack, id_: str, settings: SharedLoadBalancer, *, tls_port: int, **kwargs: Any
    ) -> LoadBalancer:
        public = settings.scheme == "internet-facing"
        return LoadBalancer(
            stack,
            id_,
            vpc=self._network.vpc,
            subnets=self._network.public_subnets if public else self._network.private_subnets,
            access_logs=self._access_logs,
            firewall_logs=self._firewall_logs,
            scheme=settings.scheme,
            idle_timeout=settings.idle_timeout,
            rate_limit=settings.rate_limit,
            deletion_protection=self._deletion_protection,
            redirect_to=tls_port if isinstance(self._transport, Tls) else None,
            **kwargs,
        )


def _transport(environment: Environment) -> Tls | PlainHttp:
    if environment.domain is not None:
        return Tls(certificate=environment.domain.certificate)
    # The settings want a reason wherever there is no domain.
    return PlainHttp(because=environment.plain_http or "")
