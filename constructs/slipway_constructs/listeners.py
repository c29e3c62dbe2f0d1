"""The two listeners of one service: production, and the test listener of its releases."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import CfnResource, Fn
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from constructs import Construct

from slipway_constructs.findings import acknowledge_parts
from slipway_constructs.load_balancer import LoadBalancer
from slipway_constructs.permissions import Permission
from slipway_constructs.values import arn, tcp

# Where a template says why a listener speaks plain HTTP.
PLAIN_HTTP_METADATA = "slipway:plain-http"


@dataclass(frozen=True, kw_only=True)
class Tls:
    """Listeners speak HTTPS, with TLS 1.2 or 1.3."""

    certificate: str
    """The ARN of a certificate of AWS Certificate Manager."""

    protocol = "HTTPS"


@dataclass(frozen=True, kw_only=True)
class PlainHttp:
    """Listeners speak HTTP, because somebody answers for it."""

    because: str
    """The reason; it stands in the template and in docs/proof/compliance.md, for an auditor."""

    protocol = "HTTP"


class Listeners(Construct):
    """A production and a test listener that answer 503 by default.

    The listeners' default actions stay a fixed 503 for ever. What forwards is a
    :class:`~slipway_constructs.traffic_rule.TrafficRule`, which no stack update can reset: after
    a release, traffic belongs to CodeDeploy and not to the template (aws-cdk#36649).

    Parameters
    ----------
    scope, id_
        Where the listeners live, and their name there.
    load_balancer
        What they are on, in this stack or in another.
    transport
        TLS, or the reason for plain HTTP. It is the same for both, so that what a hook tests is
        what callers get.
    port, test_port
        The production and the test listener's ports. A load balancer that faces the internet
        admits everyone to the production port; nobody is admitted to the test port here.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        load_balancer: LoadBalancer,
        transport: Tls | PlainHttp,
        port: int,
        test_port: int,
    ) -> None:
        super().__init__(scope, id_)
        self._scope = scope
        self.load_balancer = load_balancer
        self.protocol = transport.protocol
        self.port = port
        self.test_port = test_port
        self.production = self._add("Production", port, transport)
        self.test = self._add("Test", test_port, transport)
        acknowledged: dict[CfnResource, Mapping[str, Sequence[str]]] = {}
        if isinstance(transport, PlainHttp):
            acknowledged |= self._answer_for(transport)
        if load_balancer.internet_facing:
            acknowledged |= self._open_to_everyone()
        if acknowledged:
            acknowledge_parts(self, acknowledged)

    def admit(
        self, scope: Construct, id_: str, *, caller: ec2.ISecurityGroup, description: str
    ) -> None:
        """Let another service's tasks reach the production listener.

        The rule stands in ``scope``, the caller's stack: a service never names its callers.
        """
        ec2.CfnSecurityGroupIngress(
            scope,
            id_,
            group_id=self.load_balancer.security_group.security_group_id,
            source_security_group_id=caller.security_group_id,
            ip_protocol="tcp",
            from_port=self.port,
            to_port=self.port,
            description=description,
        )

    def admit_to_test_port(self, peer: ec2.IConnectable) -> None:
        """Let a peer, such as the hook functions, reach the test listener.

        The rules stand in the peer's stack.
        """
        peer.connections.allow_to(
            self.load_balancer.security_group, tcp(self.test_port), "Test traffic"
        )

    def admit_to_production_port(self, security_group: ec2.ISecurityGroup) -> None:
        """Let a group, such as the hook functions', reach the production listener from inside.

        The rules stand in the group's stack. Where everyone is admitted already, it only gets the
        way out.
        """
        target, port = self.load_balancer.security_group, tcp(self.port)
        if self.load_balancer.internet_facing:
            security_group.add_egress_rule(target, port, "Production, to compare with")
        else:
            security_group.connections.allow_to(target, port, "Production, to compare with")

    def permissions(
        self, *, on_listeners: Sequence[str], on_rules: Sequence[str]
    ) -> tuple[Permission, Permission]:
        """Say what a role may do with these listeners and their rules, and no other service's.

        Of a load balancer that is the service's own, with all of them: a rule of a listener that
        was replaced must still be removable in the same stack update, and one that comes is
        allowed before IAM has heard of it. Of a shared one, with these two.
        """
        if self.load_balancer.shared:
            listeners = [self.production.ref, self.test.ref]
            # …:listener/app/a/1/2 has the rules …:listener-rule/app/a/1/2/*.
            rules = [
                self._arn("listener-rule", f"{Fn.select(1, Fn.split(':listener/', listener))}/*")
                for listener in listeners
            ]
        else:
            all_of_them = f"{self.load_balancer.full_name}/*"
            listeners = [self._arn("listener", all_of_them)]
            rules = [self._arn("listener-rule", all_of_them)]
        return Permission(on_listeners, listeners), Permission(on_rules, rules)

    def wildcards(self, permissions: Iterable[Permission]) -> dict[str, str]:
        """Give the reason for each wildcard of such permissions, to be acknowledged."""
        return {
            resource: "All listeners or rules here are those of this one service. A rule's ARN is "
            "known only once our custom resource has made it, and a replaced listener's rules must "
            "still be removable in the same stack update."
            for permission in permissions
            for resource in permission.resources
            if resource.endswith("*")
        }

    def _arn(self, resource: str, name: str) -> str:
        return arn(self._scope, "elasticloadbalancing", f"{resource}/{name}")

    def _add(self, id_: str, port: int, transport: Tls | PlainHttp) -> elbv2.CfnListener:
        encrypted: dict[str, Any] = {}
        if isinstance(transport, Tls):
            encrypted = {
                "certificates": [
                    elbv2.CfnListener.CertificateProperty(certificate_arn=transport.certificate)
                ],
                # What AWS recommends: TLS 1.3 and 1.2, forward secrecy, key exchange that a
                # quantum computer won't undo where the client knows it.
                # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
                "ssl_policy": "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
            }
        return elbv2.CfnListener(
            self,
            id_,
            load_balancer_arn=self.load_balancer.arn,
            port=port,
            protocol=transport.protocol,
            default_actions=[
                elbv2.CfnListener.ActionProperty(
                    type="fixed-response",
                    fixed_response_config=elbv2.CfnListener.FixedResponseConfigProperty(
                        status_code="503",
                        content_type="text/plain",
                        message_body="No service is live here yet.\n",
                    ),
                )
            ],
            **encrypted,
        )

    def _answer_for(self, transport: PlainHttp) -> dict[CfnResource, Mapping[str, Sequence[str]]]:
        listeners = (self.production, self.test)
        for listener in listeners:
            listener.add_metadata(PLAIN_HTTP_METADATA, transport.because)
        because = (
            "This environment has no certificate, and what callers and the load balancer say to "
            "each other can be read and changed on its way. Its file answers for that under "
            f"plain_http: {transport.because}"
        )
        findings = (
            "ELBv2ACMCertificateRequired",
            "ALBHttpToHttpsRedirection",
            "CKV_AWS_2",
            "CKV_AWS_103",
        )
        return {each: {because: findings} for each in listeners}

    def _open_to_everyone(self) -> dict[CfnResource, Mapping[str, Sequence[str]]]:
        # In this stack, wherever the load balancer is: it knows no service.
        public = ec2.CfnSecurityGroupIngress(
            self,
            "Public",
            group_id=self.load_balancer.security_group.security_group_id,
            ip_protocol="tcp",
            from_port=self.port,
            to_port=self.port,
            cidr_ip="0.0.0.0/0",
            description="The public",
        )
        return {
            public: {
                "This is the public entrance of its service, asked for with scheme: "
                "internet-facing. Everyone reaches its production port and no other, through a "
                "firewall; the tasks behind it admit the load balancer alone.": [
                    "AwsSolutions-EC23"
                ]
            }
        }
