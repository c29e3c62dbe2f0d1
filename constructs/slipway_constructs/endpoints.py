"""VPC endpoints: which AWS services a network reaches privately, what for, and what they admit."""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from slipway_constructs.values import place

# What calls AWS from the private subnets, and the endpoints that each call needs where there is
# no other way out. By the last part of the service's name: com.amazonaws.<region>.<this>.
PURPOSES: Mapping[str, tuple[str, ...]] = {
    # https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
    "image pulls": ("ecr.api", "ecr.dkr", "s3"),
    # Secrets Manager decrypts for the caller: a task that reads a secret never calls KMS.
    # https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
    "secrets": ("secretsmanager",),
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
    "logs": ("logs",),
    # The cluster encrypts sessions with a key of ours and logs them.
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
    "exec": ("ssmmessages", "kms", "logs"),
    "CodeDeploy hooks": (
        "codedeploy",
        "ec2",
        "ecr.api",
        "ecs",
        "elasticloadbalancing",
        "logs",
        "monitoring",
    ),
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
    "EC2 capacity": ("ecs", "ecs-agent", "ecs-telemetry"),
    # Where a service is traced.
    # https://docs.aws.amazon.com/xray/latest/devguide/xray-security-vpc-endpoint.html
    "traces": ("xray",),
}

# https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
_GATEWAYS: Mapping[str, ec2.GatewayVpcEndpointAwsService] = {
    "s3": ec2.GatewayVpcEndpointAwsService.S3,
    "dynamodb": ec2.GatewayVpcEndpointAwsService.DYNAMODB,
}

# Services whose pages document no endpoint policy: theirs stays AWS's, which admits everything.
# A policy that AWS refuses would fail the Network stack.
# https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
_WITHOUT_POLICY = frozenset(
    {
        "ec2messages",
        "ecs-agent",  # awsdocs/amazon-ecs-developer-guide#55
        "ecs-telemetry",
        "email-smtp",
        "ssmmessages",
    }
)

# What ECS does to pull an image, and the hooks to read what is in it.
_PULL = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:DescribeImageScanFindings",
    "ecr:GetDownloadUrlForLayer",
)


class Endpoints(Construct):
    """Ways to AWS services that don't lead through the internet.

    Gateway endpoints for S3 and DynamoDB, which are routes; for anything else an interface
    endpoint with an address in each zone, behind one security group, under the service's usual
    name. A policy on each admits nobody but this account: credentials that somebody brought
    along can't carry data out.

    Parameters
    ----------
    scope, id_
        Where the endpoints live, and their name there.
    vpc, cidr
        The network, and its block.
    subnets
        Where the endpoints are: one subnet for each zone.
    services
        Endpoint names, such as ``sqs``; one that is named twice is made once.
    registry_account
        The account that images are pulled from.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        vpc: ec2.Vpc,
        cidr: str,
        subnets: ec2.SubnetSelection,
        services: Sequence[str],
        registry_account: str,
    ) -> None:
        super().__init__(scope, id_)
        self._registry_account = registry_account
        gateways = [name for name in dict.fromkeys(services) if name in _GATEWAYS]
        interfaces = [name for name in dict.fromkeys(services) if name not in _GATEWAYS]
        for name in gateways:
            self._admit(
                name,
                vpc.add_gateway_endpoint(
                    _construct_id(name), service=_GATEWAYS[name], subnets=[subnets]
                ),
            )
        if not interfaces:
            return
        security_group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=vpc,
            description="Interface endpoints: HTTPS from this network",
            allow_all_outbound=False,
        )
        # The block in words: policy checks can't tell a reference from the whole internet.
        security_group.add_ingress_rule(ec2.Peer.ipv4(cidr), ec2.Port.tcp(443), "AWS APIs")
        for name in interfaces:
            self._admit(
                name,
                vpc.add_interface_endpoint(
                    _construct_id(name),
                    service=ec2.InterfaceVpcEndpointAwsService(name),
                    subnets=subnets,
                    security_groups=[security_group],
                    private_dns_enabled=True,
                    open=False,
                ),
            )

    def _admit(self, name: str, endpoint: ec2.VpcEndpoint) -> None:
        for statement in self._policy(name):
            endpoint.add_to_policy(statement)

    def _policy(self, name: str) -> Sequence[iam.PolicyStatement]:
        if name in _WITHOUT_POLICY:
            return ()
        if name == "s3":
            return self._image_layers(), self._own_identities("s3:*", own_resources=True)
        if name in ("ecr.api", "ecr.dkr"):
            return self._registry_logins(), self._image_pulls()
        # What else somebody asks for may well be shared with them by another account, or by AWS.
        needed = any(name in endpoints for endpoints in PURPOSES.values())
        return (self._own_identities("*", own_resources=needed),)

    def _image_layers(self) -> iam.PolicyStatement:
        """Admit downloads of image layers, whoever asks: ECR signs the addresses, not the task.

        https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-minimum-s3-perms
        """
        partition, region, _account = place(self)
        bucket = f"arn:{partition}:s3:::prod-{region}-starport-layer-bucket"
        return iam.PolicyStatement(
            sid="ImageLayers",
            principals=[iam.StarPrincipal()],
            actions=["s3:GetObject"],
            resources=[f"{bucket}/*"],
        )

    def _registry_logins(self) -> iam.PolicyStatement:
        return iam.PolicyStatement(
            sid="RegistryLogins",
            principals=[iam.StarPrincipal()],
            actions=["ecr:GetAuthorizationToken"],
            resources=["*"],
            conditions={"StringEquals": {"aws:PrincipalAccount": place(self)[2]}},
        )

    def _image_pulls(self) -> iam.PolicyStatement:
        """Admit pulls by this account's roles: each task's execution role, and the hooks'.

        https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-vpc-endpoint-policy
        """
        partition, region, own = place(self)
        return iam.PolicyStatement(
            sid="ImagePulls",
            principals=[iam.StarPrincipal()],
            actions=list(_PULL),
            resources=[
                f"arn:{partition}:ecr:{region}:{account}:repository/*"
                for account in dict.fromkeys((own, self._registry_account))
            ],
            conditions={"StringEquals": {"aws:PrincipalAccount": own}},
        )

    def _own_identities(self, action: str, *, own_resources: bool) -> iam.PolicyStatement:
        """Admit this account's identities, to its own resources or to any.

        Actions are not narrowed: the identities' own policies do that. Anyone is the principal
        because a gateway endpoint takes an account's name for its root user alone.

        https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html#vpc-endpoint-policies-gateway
        """
        account = place(self)[2]
        conditions = {"StringEquals": {"aws:PrincipalAccount": account}}
        if own_resources:
            # If it exists: a call that concerns no resource has no owner to compare.
            conditions["StringEqualsIfExists"] = {"aws:ResourceAccount": account}
        return iam.PolicyStatement(
            sid="OwnIdentities",
            principals=[iam.StarPrincipal()],
            actions=[action],
            resources=["*"],
            conditions=conditions,
        )


def _construct_id(name: str) -> str:
    # By name alone: an endpoint stays the same when the reason for it changes. A second one with
    # the same private names couldn't be made before the first is gone.
    return name.title().replace(".", "").replace("-", "")
