"""An environment without NAT: what it calls in AWS, it reaches; and what it doesn't, it can't."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CIDR = "10.9.0.0/16"
ACCOUNT, REGISTRY, STRANGER = "222222222222", "111111111111", "999999999999"
REGION = "eu-west-1"
DIGEST = "sha256:" + "1" * 64

LAYERS = f"arn:aws:s3:::prod-{REGION}-starport-layer-bucket/layer"
REPOSITORY = f"arn:aws:ecr:{REGION}:{REGISTRY}:repository/shop/storefront"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:shop/dev/storefront/session-AbCdEf"
LOG_GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/shop/dev/storefront"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/session"
CLUSTER = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/shop-dev"
NOTHING = "*"

DEV = f"""\
account: "{ACCOUNT}"
region: {REGION}
availability_zones: [{REGION}a, {REGION}b, {REGION}c]
network: {{ cidr: {CIDR}, nat: none }}
plain_http: A test has no callers.
capacity: {{ ec2: {{ instance_types: [m6i.large] }} }}
removal_policy: destroy
"""

PULL = {
    "ecr:GetAuthorizationToken": NOTHING,
    "ecr:BatchCheckLayerAvailability": REPOSITORY,
    "ecr:BatchGetImage": REPOSITORY,
    "ecr:GetDownloadUrlForLayer": REPOSITORY,
}
COLLECTOR = f"{REGISTRY}.dkr.ecr.{REGION}.amazonaws.com/shop/collector@{DIGEST}"
WRITE_LOGS = {"logs:CreateLogStream": LOG_GROUP, "logs:PutLogEvents": LOG_GROUP}

# What AWS's pages say that each purpose calls, and through which endpoint: written down here
# once more, apart from what the construct believes.
CALLS: dict[str, dict[str, dict[str, str]]] = {
    # https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
    "image pulls": {"ecr.api": PULL, "ecr.dkr": PULL},
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
    "secrets": {"secretsmanager": {"secretsmanager:GetSecretValue": SECRET}},
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
    "logs": {"logs": WRITE_LOGS},
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
    "exec": {
        "ssmmessages": {
            "ssmmessages:CreateControlChannel": NOTHING,
            "ssmmessages:CreateDataChannel": NOTHING,
            "ssmmessages:OpenControlChannel": NOTHING,
            "ssmmessages:OpenDataChannel": NOTHING,
        },
        "kms": {"kms:Decrypt": KEY},
        "logs": {
            "logs:DescribeLogGroups": NOTHING,
            "logs:DescribeLogStreams": LOG_GROUP,
            **WRITE_LOGS,
        },
    },
    # https://docs.aws.amazon.com/xray/latest/api/API_PutTraceSegments.html
    "traces": {"xray": {"xray:PutTraceSegments": NOTHING}},
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance_IAM_role.html
    "EC2 capacity": {
        "ecs": {
            "ecs:DiscoverPollEndpoint": NOTHING,
            "ecs:RegisterContainerInstance": CLUSTER,
            "ecs:DeregisterContainerInstance": CLUSTER,
            "ecs:UpdateContainerInstancesState": CLUSTER,
            "ecs:SubmitTaskStateChange": CLUSTER,
            "ecs:SubmitContainerStateChange": CLUSTER,
            "ecs:SubmitAttachmentStateChanges": CLUSTER,
        },
        "ecs-agent": {"ecs:Poll": CLUSTER},
        "ecs-telemetry": {"ecs:StartTelemetrySession": CLUSTER},
    },
}
# https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html
CALLS["CodeDeploy hooks"] = {
    "codedeploy": {"codedeploy:PutLifecycleEventHookExecutionStatus": NOTHING},
    "ec2": {"ec2:DescribeNetworkInterfaces": NOTHING},
    "ecr.api": {
        "ecr:BatchGetImage": REPOSITORY,
        "ecr:DescribeImageScanFindings": REPOSITORY,
    },
    "ecs": {"ecs:DescribeServices": CLUSTER.replace("cluster", "service") + "/storefront"},
    "elasticloadbalancing": {"elasticloadbalancing:DescribeTargetHealth": NOTHING},
    "logs": WRITE_LOGS,
    "monitoring": {"cloudwatch:DescribeAlarms": NOTHING},
}
THROUGH_AN_INTERFACE = [
    (purpose, service) for purpose, services in CALLS.items() for service in services
]
# Where the prefix of an action is not the name of the endpoint.
ENDPOINT_OF = {"cloudwatch": "monitoring", "ecr": "ecr.api"}


@dataclass(frozen=True)
class Environment:
    """The templates of one environment without NAT, and where its subnets are."""

    templates: dict[str, Any]
    assembly: Any

    def of(self, type_: str, stack: str = "network") -> dict[str, Any]:
        """The properties of each resource of a type, by logical id."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.templates[f"shop-dev-{stack}"]["Resources"].items()
            if resource["Type"] == type_
        }

    def subnets(self, kind: str) -> dict[str, Any]:
        return {
            name: subnet
            for name, subnet in self.of("AWS::EC2::Subnet").items()
            if f"{kind}Subnet" in name
        }

    def routes(self, subnet: str) -> list[Any]:
        """What the route table of a subnet holds, beside the network itself."""
        table = self.route_table(subnet)
        return [
            each for each in self.of("AWS::EC2::Route").values() if each["RouteTableId"] == table
        ]

    def route_table(self, subnet: str) -> Any:
        (table,) = [
            each["RouteTableId"]
            for each in self.of("AWS::EC2::SubnetRouteTableAssociation").values()
            if each["SubnetId"] == {"Ref": subnet}
        ]
        return table

    def endpoint(self, service: str) -> Any:
        (found,) = [
            endpoint
            for endpoint in self.of("AWS::EC2::VPCEndpoint").values()
            if _text(endpoint["ServiceName"]) == f"com.amazonaws.{REGION}.{service}"
        ]
        return found


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory, templates_of: Any) -> Environment:
    """An environment of the tests' own application, with all its stacks and no NAT."""
    import aws_cdk as cdk

    from slipway.settings import load
    from stacks.environment import EnvironmentStage
    from stacks.policy import add_policy_checks

    root = tmp_path_factory.mktemp("application") / "settings"
    shutil.copytree(ROOT / "tests" / "application", root)
    (root / "environments" / "dev.yaml").write_text(DEV)
    with (root / "slipway.yaml").open("a") as file:
        file.write(f"images: {{ collector: {COLLECTOR} }}\n")
    with (root / "services" / "storefront" / "service.yaml").open("a") as file:
        file.write("  dev:\n    tracing: {}\n")
    settings = load(root)
    app = cdk.App(
        outdir=str(tmp_path_factory.mktemp("without-nat")),
        context=json.loads((ROOT / "cdk.json").read_text())["context"]
        | {"@aws-cdk/core:failSynthOnValidationErrors": False},
        analytics_reporting=False,
    )
    add_policy_checks(app)
    digests = dict.fromkeys(settings.services("dev"), DIGEST)
    EnvironmentStage(app, "Dev", settings=settings, name="dev", digests=digests)
    assembly = app.synth()
    return Environment(templates_of(assembly), assembly)


def test_the_private_subnets_have_no_way_to_the_internet(environment: Environment) -> None:
    private = environment.subnets("Private")
    assert len(private) >= 2
    for subnet in private:
        assert environment.routes(subnet) == []
    assert not environment.of("AWS::EC2::NatGateway")
    assert not environment.of("AWS::EC2::EIP")


def test_the_isolated_subnets_have_no_way_out_at_all(environment: Environment) -> None:
    used = [
        *(table for e in environment.of("AWS::EC2::VPCEndpoint").values()
          for table in e.get("RouteTableIds", ())),
        *(subnet for e in environment.of("AWS::EC2::VPCEndpoint").values()
          for subnet in e.get("SubnetIds", ())),
    ]  # fmt: skip
    isolated = environment.subnets("Isolated")
    assert len(isolated) >= 2
    for subnet in isolated:
        assert environment.routes(subnet) == []
        assert environment.route_table(subnet) not in used
        assert {"Ref": subnet} not in used


def test_each_private_subnet_has_a_route_to_the_layers_of_its_images(
    environment: Environment,
) -> None:
    """ECR keeps them in a bucket of its own, and signs the addresses: nobody of this account."""
    s3 = environment.endpoint("s3")
    assert s3["VpcEndpointType"] == "Gateway"
    for subnet in environment.subnets("Private"):
        assert environment.route_table(subnet) in s3["RouteTableIds"]
    assert _admits(s3, "s3:GetObject", LAYERS, caller="an account of ECR", owner="another of ECR")


@pytest.mark.parametrize(("purpose", "service"), THROUGH_AN_INTERFACE)
def test_each_private_subnet_has_an_address_of_what_is_called_from_there(
    environment: Environment, purpose: str, service: str
) -> None:
    endpoint = environment.endpoint(service)
    assert endpoint["VpcEndpointType"] == "Interface", purpose
    # Callers use the service's usual name.
    assert endpoint["PrivateDnsEnabled"] is True
    private = environment.subnets("Private")
    assert [subnet["Ref"] for subnet in endpoint["SubnetIds"]] == list(private)
    zones = {subnet["AvailabilityZone"] for subnet in private.values()}
    assert len(zones) == len(private)
    admitted = [
        (rule["CidrIp"], rule["IpProtocol"], rule["FromPort"], rule["ToPort"])
        for group in endpoint["SecurityGroupIds"]
        for rule in _security_group(environment, group)["SecurityGroupIngress"]
    ]
    assert admitted == [(CIDR, "tcp", 443, 443)]


@pytest.mark.parametrize(("purpose", "service"), THROUGH_AN_INTERFACE)
def test_the_endpoints_policies_admit_what_is_called(
    environment: Environment, purpose: str, service: str
) -> None:
    for action, resource in CALLS[purpose][service].items():
        owner = REGISTRY if resource == REPOSITORY else ACCOUNT
        assert _admits(environment.endpoint(service), action, resource, owner=owner), action
        if resource == NOTHING:
            # Some services say who owns nothing in particular, and some don't.
            assert _admits(environment.endpoint(service), action, resource, owner=None), action


def test_the_hooks_reach_every_service_that_their_role_may_call(environment: Environment) -> None:
    """A new check of a release may call what nobody thought of when the list was made."""
    roles = {
        function["Role"]["Fn::GetAtt"][0]
        for function in environment.of("AWS::Lambda::Function", "storefront").values()
        if "VpcConfig" in function
    }
    assert len(roles) == 1
    policies = environment.of("AWS::IAM::ManagedPolicy", "storefront")
    actions = {
        action
        for role in roles
        for policy in environment.of("AWS::IAM::Role", "storefront")[role]["ManagedPolicyArns"]
        for statement in policies[policy["Ref"]]["PolicyDocument"]["Statement"]
        for action in _list(statement["Action"])
    }
    assert "cloudwatch:DescribeAlarms" in actions
    for action in actions:
        prefix = action.split(":")[0]
        endpoint = environment.endpoint(ENDPOINT_OF.get(prefix, prefix))
        resource, owner = (REPOSITORY, REGISTRY) if prefix == "ecr" else (NOTHING, ACCOUNT)
        assert _admits(endpoint, action, resource, owner=owner), action


@pytest.mark.parametrize(
    ("service", "action", "resource", "caller", "owner"),
    [
        ("s3", "s3:PutObject", "arn:aws:s3:::theirs/data", ACCOUNT, STRANGER),
        ("s3", "s3:PutObject", "arn:aws:s3:::theirs/data", STRANGER, STRANGER),
        ("s3", "s3:PutObject", LAYERS, ACCOUNT, STRANGER),
        ("ecr.api", "ecr:PutImage", REPOSITORY, ACCOUNT, REGISTRY),
        ("ecr.dkr", "ecr:BatchGetImage", REPOSITORY.replace(REGISTRY, STRANGER), ACCOUNT, STRANGER),
        ("ecr.dkr", "ecr:BatchGetImage", REPOSITORY, STRANGER, REGISTRY),
        ("logs", "logs:PutLogEvents", LOG_GROUP, STRANGER, STRANGER),
        ("secretsmanager", "secretsmanager:PutSecretValue", SECRET, ACCOUNT, STRANGER),
        ("ecs", "ecs:RegisterContainerInstance", CLUSTER, STRANGER, STRANGER),
    ],
)
def test_no_endpoint_carries_data_to_a_stranger(
    environment: Environment, service: str, action: str, resource: str, caller: str, owner: str
) -> None:
    assert not _admits(environment.endpoint(service), action, resource, caller=caller, owner=owner)


def test_what_needs_the_endpoints_runs_in_the_private_subnets(environment: Environment) -> None:
    """Container instances and hook functions; and load balancers still face the internet."""
    private, public = environment.subnets("Private"), environment.subnets("Public")
    (group,) = environment.of("AWS::AutoScaling::AutoScalingGroup", "cluster").values()
    assert _names(group["VPCZoneIdentifier"], private) == private.keys()
    functions = [
        each["VpcConfig"]["SubnetIds"]
        for each in environment.of("AWS::Lambda::Function", "storefront").values()
        if "VpcConfig" in each
    ]
    assert len(functions) == 5
    for subnets in functions:
        assert _names(subnets, private) == private.keys()
    (balancer,) = environment.of("AWS::ElasticLoadBalancingV2::LoadBalancer", "storefront").values()
    assert balancer["Scheme"] == "internet-facing"
    assert _names(balancer["Subnets"], public) == public.keys()
    for subnet in public:
        (route,) = environment.routes(subnet)
        assert route["DestinationCidrBlock"] == "0.0.0.0/0"
        assert "GatewayId" in route


def test_a_network_without_nat_has_no_finding_that_one_with_it_has_not(
    environment: Environment, findings: Any, findings_of: Any
) -> None:
    def of_the_network(reported: Any) -> set[Any]:
        return {each for each in reported if each[0].startswith("Dev/Network/")}

    found = findings_of(environment.assembly)
    assert found.packs == findings.packs
    assert not of_the_network(found.open)
    assert of_the_network(found.used) == of_the_network(findings.used)


def test_a_collector_is_pulled_and_confined_like_the_service(
    environment: Environment, findings_of: Any
) -> None:
    """Its repository is in the registry's account: both containers' images come from there."""
    found = findings_of(environment.assembly)
    assert not {each for each in found.open if each[0].startswith("Dev/Storefront/Task/")}
    (task,) = environment.of("AWS::ECS::TaskDefinition", "storefront").values()
    assert [each["Essential"] for each in task["ContainerDefinitions"]] == [True, False]
    assert DIGEST in json.dumps(task["ContainerDefinitions"][1]["Image"])
    pulls = [
        set(_list(statement["Resource"]))
        for policy in environment.of("AWS::IAM::ManagedPolicy", "storefront").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if "ecr:GetDownloadUrlForLayer" in _list(statement["Action"])
    ]
    assert {REPOSITORY, REPOSITORY.replace("storefront", "collector")} in pulls


def test_the_page_lists_what_each_purpose_needs() -> None:
    page = (ROOT / "docs" / "concepts" / "network.md").read_text()
    for purpose, services in CALLS.items():
        (row,) = [line for line in page.splitlines() if line.startswith(f"| {purpose} |")]
        assert all(f"`{service}`" in row for service in services), purpose
    count = len({service for _, service in THROUGH_AN_INTERFACE})
    assert f"These are {count} interface endpoints" in page


def _admits(
    endpoint: Any, action: str, resource: str, *, caller: str = ACCOUNT, owner: str | None
) -> bool:
    """Whether an endpoint lets a call through; one that has no policy of ours lets all through."""
    if "PolicyDocument" not in endpoint:
        return True
    context = {"aws:PrincipalAccount": caller, "aws:ResourceAccount": owner}
    return any(
        statement["Effect"] == "Allow"
        and statement["Principal"] == "*"
        and any(fnmatchcase(action, each) for each in _list(statement["Action"]))
        and any(fnmatchcase(resource, _text(each)) for each in _list(statement["Resource"]))
        and all(_holds(*condition, context) for condition in _conditions(statement))
        for statement in endpoint["PolicyDocument"]["Statement"]
    )


def _conditions(statement: Any) -> Iterator[tuple[str, str, list[str]]]:
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            yield operator, key, _list(values)


def _holds(operator: str, key: str, values: list[str], context: dict[str, str | None]) -> bool:
    match operator:
        case "StringEquals":
            return context[key] in values
        case "StringEqualsIfExists":
            return context[key] is None or context[key] in values
    raise AssertionError(f"this test does not know {operator}")


def _security_group(environment: Environment, reference: Any) -> Any:
    return environment.of("AWS::EC2::SecurityGroup")[reference["Fn::GetAtt"][0]]


def _names(references: Any, candidates: dict[str, Any]) -> set[str]:
    """Which subnets are meant, by a reference or by an import of what another stack exports."""
    text = json.dumps(references)
    return {name for name in candidates if name in text}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    """A name as AWS will see it."""
    match value:
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(_text(part) for part in parts)
        case {"Ref": "AWS::Partition"}:
            return "aws"
        case {"Ref": "AWS::Region"}:
            return REGION
        case str():
            return value
    raise AssertionError(f"this test does not know {value}")
