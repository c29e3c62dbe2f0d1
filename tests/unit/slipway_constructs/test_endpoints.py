from collections.abc import Callable
from typing import Any

import pytest

OWN, REGISTRY = "111111111111", "222222222222"

Endpoint = Callable[..., Any]


@pytest.fixture
def endpoint(synthesise: Any) -> Endpoint:
    """One endpoint, by its name: its properties."""

    def add(name: str, stack: Any, registry_account: str) -> None:
        from aws_cdk import aws_ec2 as ec2

        from slipway_constructs.endpoints import Endpoints

        Endpoints(
            stack,
            "Endpoints",
            vpc=ec2.Vpc(stack, "Vpc", nat_gateways=0),
            cidr="10.0.0.0/16",
            subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
            services=[name],
            registry_account=registry_account,
        )

    def of(name: str, registry_account: str = REGISTRY) -> Any:
        stack = synthesise(lambda stack: add(name, stack, registry_account))
        return stack.only("AWS::EC2::VPCEndpoint")

    return of


def statements(endpoint: Any) -> dict[str, Any]:
    return {each["Sid"]: each for each in endpoint["PolicyDocument"]["Statement"]}


@pytest.mark.parametrize("name", ["ecr.api", "ecr.dkr"])
def test_images_are_pulled_by_this_account_from_its_registry_and_never_pushed(
    endpoint: Endpoint, name: str
) -> None:
    policy = statements(endpoint(name))
    assert policy.keys() == {"RegistryLogins", "ImagePulls"}
    assert policy["RegistryLogins"]["Action"] == "ecr:GetAuthorizationToken"
    pulls = policy["ImagePulls"]
    assert set(pulls["Action"]) == {
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
        "ecr:DescribeImageScanFindings",
    }
    assert [str(arn).split(":")[-2] for arn in pulls["Resource"]] == [OWN, REGISTRY]
    for statement in policy.values():
        assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": OWN}}


def test_a_registry_in_the_same_account_is_named_once(endpoint: Endpoint) -> None:
    pulls = statements(endpoint("ecr.dkr", registry_account=OWN))["ImagePulls"]
    assert str(pulls["Resource"]).count("repository/*") == 1


def test_image_layers_are_downloaded_with_addresses_that_ecr_signed(endpoint: Endpoint) -> None:
    """A condition on the principal would stop every pull: it is not this account's."""
    layers = statements(endpoint("s3"))["ImageLayers"]
    assert layers["Principal"] == "*"
    assert layers["Action"] == "s3:GetObject"
    assert "s3:::prod-eu-west-1-starport-layer-bucket/*" in str(layers["Resource"])
    assert "Condition" not in layers


@pytest.mark.parametrize("name", ["s3", "secretsmanager", "logs", "kms", "ecs", "codedeploy"])
def test_what_slipway_calls_is_this_account_s_and_nobody_else_s(
    endpoint: Endpoint, name: str
) -> None:
    assert statements(endpoint(name))["OwnIdentities"]["Condition"] == {
        "StringEquals": {"aws:PrincipalAccount": OWN},
        "StringEqualsIfExists": {"aws:ResourceAccount": OWN},
    }


@pytest.mark.parametrize("name", ["sqs", "dynamodb"])
def test_what_else_is_asked_for_may_be_shared_by_others_but_not_called_as_them(
    endpoint: Endpoint, name: str
) -> None:
    assert statements(endpoint(name))["OwnIdentities"]["Condition"] == {
        "StringEquals": {"aws:PrincipalAccount": OWN}
    }


@pytest.mark.parametrize("name", ["ecs-agent", "ecs-telemetry", "ssmmessages"])
def test_a_service_without_endpoint_policies_gets_none(endpoint: Endpoint, name: str) -> None:
    assert "PolicyDocument" not in endpoint(name)
