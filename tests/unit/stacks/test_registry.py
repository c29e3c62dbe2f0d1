"""The rules that the application's registry may have for all that is in it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from slipway.settings import load
from slipway.settings.pipeline import Images
from stacks.policy import add_policy_checks
from stacks.registry import RegistryStack

APPLICATION = Path(__file__).resolve().parents[2] / "application"
ALL = Images(scanning="enhanced", signing=True, base_image_cache=True)
RULES = (
    "AWS::ECR::PullThroughCacheRule",
    "AWS::ECR::RegistryScanningConfiguration",
    "AWS::ECR::RepositoryCreationTemplate",
    "AWS::ECR::SigningConfiguration",
    "AWS::Signer::SigningProfile",
)


@pytest.fixture(scope="module")
def synthesised(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Images], Any]:
    def synthesise(images: Images) -> Any:
        app = cdk.App(
            outdir=str(tmp_path_factory.mktemp("registry") / "cdk.out"),
            context={"@aws-cdk/core:failSynthOnValidationErrors": False},
            analytics_reporting=False,
            tree_metadata=False,
        )
        add_policy_checks(app)
        stack = RegistryStack(
            app,
            "Registry",
            stack_name="shop-registry",
            application=load(APPLICATION).application,
            services=["storefront"],
            pull_accounts=[],
            removal_policy=cdk.RemovalPolicy.RETAIN,
            images=images,
            tags_of_cached={"slipway:owner": "platform"},
            env=cdk.Environment(account="111111111111", region="eu-west-1"),
        )
        for key in ("application", "environment", "service", "owner", "cost-centre"):
            cdk.Tags.of(stack).add(f"slipway:{key}", "any")
        return app.synth()

    return synthesise


@pytest.fixture(scope="module")
def assembly(synthesised: Callable[[Images], Any]) -> Any:
    return synthesised(ALL)


@pytest.fixture(scope="module")
def resources(assembly: Any) -> dict[str, Any]:
    (stack,) = assembly.stacks
    template: dict[str, Any] = stack.template["Resources"]
    return template


def only(resources: dict[str, Any], type_: str) -> Any:
    (found,) = [each for each in resources.values() if each["Type"] == type_]
    return found["Properties"]


def test_without_being_asked_nothing_is_a_rule_for_the_whole_registry(
    synthesised: Callable[[Images], Any],
) -> None:
    (stack,) = synthesised(Images()).stacks
    assert not {each["Type"] for each in stack.template["Resources"].values()} & {*RULES}


def test_every_rule_is_checked_and_nothing_in_it_is_open(assembly: Any, findings_of: Any) -> None:
    findings = findings_of(assembly)
    assert not findings.open
    assert findings.acknowledged == findings.used
    assert any(path.startswith("Registry/BaseImages/") for path, _, _ in findings.used)


def test_images_of_the_application_are_signed_and_no_others(resources: dict[str, Any]) -> None:
    (rule,) = only(resources, "AWS::ECR::SigningConfiguration")["Rules"]
    assert rule["RepositoryFilters"] == [{"Filter": "shop/*", "FilterType": "WILDCARD_MATCH"}]
    (profile,) = [
        name for name, each in resources.items() if each["Type"] == "AWS::Signer::SigningProfile"
    ]
    assert rule["SigningProfileArn"] == {"Fn::GetAtt": [profile, "Arn"]}
    assert resources[profile]["Properties"]["PlatformId"] == "Notation-OCI-SHA384-ECDSA"
    assert resources[profile]["DeletionPolicy"] == "Retain"


def test_enhanced_scanning_leaves_nobody_s_repository_unscanned(resources: dict[str, Any]) -> None:
    configuration = only(resources, "AWS::ECR::RegistryScanningConfiguration")
    assert configuration["ScanType"] == "ENHANCED"
    assert {
        rule["ScanFrequency"]: [each["Filter"] for each in rule["RepositoryFilters"]]
        for rule in configuration["Rules"]
    } == {"CONTINUOUS_SCAN": ["shop/*"], "SCAN_ON_PUSH": ["*"]}


def test_base_images_come_from_the_public_registry_into_repositories_like_ours(
    resources: dict[str, Any],
) -> None:
    rule = only(resources, "AWS::ECR::PullThroughCacheRule")
    template = only(resources, "AWS::ECR::RepositoryCreationTemplate")
    assert rule["UpstreamRegistryUrl"] == "public.ecr.aws"
    assert rule["EcrRepositoryPrefix"] == template["Prefix"] == "shop-base"
    assert template["AppliedFor"] == ["PULL_THROUGH_CACHE"]
    assert template["ImageTagMutability"] == "IMMUTABLE"
    assert template["EncryptionConfiguration"]["EncryptionType"] == "KMS"
    assert template["ResourceTags"] == [{"Key": "slipway:owner", "Value": "platform"}]


def test_no_base_image_is_cached_before_its_repository_would_be_encrypted(
    resources: dict[str, Any],
) -> None:
    (rule,) = [
        each for each in resources.values() if each["Type"] == "AWS::ECR::PullThroughCacheRule"
    ]
    (template,) = [
        name
        for name, each in resources.items()
        if each["Type"] == "AWS::ECR::RepositoryCreationTemplate"
    ]
    assert template in rule["DependsOn"]


def test_the_registry_s_role_makes_cached_repositories_and_nothing_else(
    resources: dict[str, Any],
) -> None:
    policy = only(resources, "AWS::IAM::ManagedPolicy")
    repositories, key = policy["PolicyDocument"]["Statement"]
    assert repositories["Action"] == ["ecr:CreateRepository", "ecr:TagResource"]
    assert re.fullmatch(
        r".*:ecr:eu-west-1:111111111111:repository/shop-base/\*",
        repositories["Resource"]["Fn::Join"][1][-1],
    )
    assert key["Condition"] == {
        "StringEquals": {"kms:ViaService": "ecr.eu-west-1.amazonaws.com"},
    }
