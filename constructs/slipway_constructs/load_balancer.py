"""One application load balancer: who may knock, what is refused, what is written down."""

from datetime import timedelta
from typing import Literal

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_logs as logs
from aws_cdk import aws_route53 as route53
from constructs import Construct

from slipway_constructs.access_logs import AccessLogs
from slipway_constructs.findings import acknowledge, acknowledge_each
from slipway_constructs.firewall import Firewall
from slipway_constructs.values import duration, everyone, tcp

Scheme = Literal["internet-facing", "internal"]

HTTP_PORT = 80


class LoadBalancer(Construct):
    """A load balancer of one service, or of several; each puts its own listeners on it.

    It knows none of its services: see :class:`~slipway_constructs.listeners.Listeners`.

    Parameters
    ----------
    scope, id_
        Where the load balancer lives, and its name there.
    name
        What its firewall is called.
    vpc, subnets
        Where it has its addresses.
    access_logs
        Where each request is logged.
    firewall_logs
        Where the requests that its firewall refused are logged.
    scheme
        ``internet-facing`` puts a firewall in front, and services open their ports to everyone;
        ``internal`` opens to no one until somebody is admitted.
    idle_timeout
        How long an idle connection lives. The servers' own keep-alive must be longer.
    rate_limit
        Requests from one address in five minutes; the firewall refuses more.
    redirect_to
        The TLS port to which requests for port 80 are sent; ``None`` where there is no TLS.
    deletion_protection
        Whether it can be deleted only after this was switched off by hand.
    shared
        Whether several services put listeners on it.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        vpc: ec2.IVpc,
        subnets: ec2.SubnetSelection,
        access_logs: AccessLogs,
        firewall_logs: logs.ILogGroup,
        scheme: Scheme,
        idle_timeout: timedelta,
        rate_limit: int,
        redirect_to: int | None,
        deletion_protection: bool,
        shared: bool = False,
    ) -> None:
        super().__init__(scope, id_)
        self.shared = shared
        self.internet_facing = scheme == "internet-facing"
        self.security_group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=vpc,
            description="A load balancer that services share"
            if shared
            else "The load balancer of one service",
            allow_all_outbound=False,
        )
        self.load_balancer = elbv2.ApplicationLoadBalancer(
            self,
            "LoadBalancer",
            vpc=vpc,
            vpc_subnets=subnets,
            internet_facing=self.internet_facing,
            security_group=self.security_group,
            idle_timeout=duration(idle_timeout),
            drop_invalid_header_fields=True,
            deletion_protection=deletion_protection,
        )
        self.arn = self.load_balancer.load_balancer_arn
        self.full_name = self.load_balancer.load_balancer_full_name
        self.dns_name = self.load_balancer.load_balancer_dns_name
        access_logs.record(self.load_balancer)
        if redirect_to is not None:
            self._redirect_to_tls(redirect_to)
        if self.internet_facing:
            Firewall(
                self,
                "Firewall",
                name=name,
                load_balancer_arn=self.arn,
                rate_limit=rate_limit,
                log_group=firewall_logs,
            )
        self._acknowledge(deletion_protection)

    def add_alias(self, scope: Construct, id_: str, *, host: str, hosted_zone_id: str) -> None:
        """Give the load balancer a DNS name, by a record that stands in ``scope``."""
        route53.CfnRecordSet(
            scope,
            id_,
            name=host,
            type="A",
            hosted_zone_id=hosted_zone_id,
            alias_target=route53.CfnRecordSet.AliasTargetProperty(
                dns_name=self.dns_name,
                hosted_zone_id=self.load_balancer.load_balancer_canonical_hosted_zone_id,
            ),
        )

    def _acknowledge(self, deletion_protection: bool) -> None:
        reasons = {}
        if not deletion_protection:
            reasons[
                "This environment's removal policy is destroy: it comes and goes as a whole, and "
                "a load balancer that is protected would stop its deletion halfway. Where an "
                "environment keeps its data, its load balancers are protected."
            ] = ["ELBDeletionProtectionEnabled"]
        if not self.internet_facing:
            reasons[
                "This load balancer has private addresses only, and admits the tasks of those "
                "services alone that name the called one in their settings. What comes from the "
                "internet has passed the firewall of a public load balancer before."
            ] = ["ALBWAFEnabled"]
        if reasons:
            acknowledge_each(self.load_balancer, reasons)

    def _redirect_to_tls(self, port: int) -> None:
        listener = self.load_balancer.add_redirect(
            source_port=HTTP_PORT, target_port=port, open=False
        )
        acknowledge(
            listener,
            "ELBv2ACMCertificateRequired",
            because="This listener speaks plain HTTP to say one thing: where the TLS port is, "
            "which has the certificate. It forwards nothing, and no task is behind it.",
        )
        if self.internet_facing:
            self.security_group.add_ingress_rule(
                everyone(), tcp(HTTP_PORT), "The public, on its way to TLS"
            )
            acknowledge(
                self.security_group,
                "AwsSolutions-EC23",
                "CKV_AWS_260",
                because="Who types an address without https:// arrives at port 80, and is sent "
                "on to the TLS port. Nothing else is answered there, and no task is behind it.",
            )
