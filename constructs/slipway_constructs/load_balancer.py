"""An application load balancer that forwards nothing by itself."""

from datetime import timedelta
from typing import Literal

from aws_cdk import Duration
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from constructs import Construct

from slipway_constructs.access_logs import AccessLogs
from slipway_constructs.findings import acknowledge

Scheme = Literal["internet-facing", "internal"]


class LoadBalancer(Construct):
    """A load balancer with a production and a test listener that answer 503 by default.

    The listeners' default actions stay a fixed 503 for ever. What forwards is a
    :class:`~slipway_constructs.traffic_rule.TrafficRule`, which no stack update can reset: after
    a release, traffic belongs to CodeDeploy and not to the template (aws-cdk#36649).

    Parameters
    ----------
    scope, id_
        Where the load balancer lives, and its name there.
    vpc, subnets
        Where it has its addresses.
    access_logs
        Where each request is logged.
    scheme
        ``internet-facing`` opens the production port to everyone; ``internal`` opens it to no
        one until somebody is admitted.
    port, test_port
        The production and the test listener's ports. Nobody is admitted to the test port here.
    idle_timeout
        How long an idle connection lives. The servers' own keep-alive must be longer.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        vpc: ec2.IVpc,
        subnets: ec2.SubnetSelection,
        access_logs: AccessLogs,
        scheme: Scheme,
        port: int,
        test_port: int,
        idle_timeout: timedelta,
    ) -> None:
        super().__init__(scope, id_)
        self.test_port = test_port
        self.security_group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=vpc,
            description="The load balancer of one service",
            allow_all_outbound=False,
        )
        self.load_balancer = elbv2.ApplicationLoadBalancer(
            self,
            "LoadBalancer",
            vpc=vpc,
            vpc_subnets=subnets,
            internet_facing=scheme == "internet-facing",
            security_group=self.security_group,
            idle_timeout=Duration.seconds(int(idle_timeout.total_seconds())),
            drop_invalid_header_fields=True,
        )
        access_logs.record(self.load_balancer)
        self.production_listener = self._add_listener("Production", port)
        self.test_listener = self._add_listener("Test", test_port)
        if scheme == "internet-facing":
            self.security_group.add_ingress_rule(
                ec2.Peer.any_ipv4(), ec2.Port.tcp(port), "The public"
            )
            acknowledge(
                self.security_group,
                "EC23",
                because="This load balancer is the public entrance of its service, asked for with "
                "load_balancer.scheme: internet-facing. Everyone reaches its production port and "
                "no other; the tasks behind it admit the load balancer alone.",
            )

    def admit_to_test_port(self, peer: ec2.IConnectable) -> None:
        """Let a peer, such as the hook functions, reach the test listener."""
        peer.connections.allow_to(self.security_group, ec2.Port.tcp(self.test_port), "Test traffic")

    def _add_listener(self, id_: str, port: int) -> elbv2.ApplicationListener:
        return self.load_balancer.add_listener(
            id_,
            port=port,
            protocol=elbv2.ApplicationProtocol.HTTP,
            open=False,
            default_action=elbv2.ListenerAction.fixed_response(
                503, content_type="text/plain", message_body="No service is live here yet.\n"
            ),
        )
