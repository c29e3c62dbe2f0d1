import json
from typing import Any


def repository(registry: Any) -> Any:
    return registry.only("AWS::ECR::Repository")


def rules(registry: Any) -> list[Any]:
    text = json.loads(repository(registry)["LifecyclePolicy"]["LifecyclePolicyText"])
    return sorted(text["rules"], key=lambda rule: rule["rulePriority"])


def test_images_are_scanned_when_they_are_pushed(registry: Any) -> None:
    assert repository(registry)["ImageScanningConfiguration"] == {"ScanOnPush": True}


def test_only_the_marks_of_what_runs_may_move(registry: Any) -> None:
    assert repository(registry)["ImageTagMutability"] == "IMMUTABLE_WITH_EXCLUSION"
    filters = repository(registry)["ImageTagMutabilityExclusionFilters"]
    assert sorted(each["ImageTagMutabilityExclusionFilterValue"] for each in filters) == [
        "live-*",
        "previous-*",
    ]


def test_layers_are_encrypted_with_our_own_key(registry: Any) -> None:
    assert repository(registry)["EncryptionConfiguration"] == {
        "EncryptionType": "KMS",
        "KmsKey": {"Fn::GetAtt": [registry.only_id("AWS::KMS::Key"), "Arn"]},
    }


def test_no_rule_that_expires_builds_comes_before_those_that_shield_marked_images(
    registry: Any,
) -> None:
    """ECR gives an image to the first rule that matches it, and later rules can't expire it."""
    shields = {"live-": 1, "previous-": 2}
    found = {
        rule["selection"]["tagPrefixList"][0]: rule["rulePriority"]
        for rule in rules(registry)
        if "tagPrefixList" in rule["selection"]
    }
    assert found == shields
    for rule in rules(registry):
        selection = rule["selection"]
        if "tagPrefixList" in selection:
            # So many are never marked at once: in effect it expires nothing.
            assert (selection["countType"], selection["countNumber"]) == (
                "imageCountMoreThan",
                100,
            )
        elif selection["tagStatus"] != "untagged":
            assert rule["rulePriority"] > max(shields.values())


def test_what_was_built_and_forgotten_goes_in_the_end(registry: Any) -> None:
    kinds = [rule["selection"]["tagStatus"] for rule in rules(registry)]
    assert kinds == ["tagged", "tagged", "untagged", "any"]


def test_other_accounts_may_pull_and_nothing_else(synthesise: Any) -> None:
    from aws_cdk import RemovalPolicy
    from aws_cdk import aws_kms as kms

    from slipway_constructs.repository import ImageRepository

    resources = synthesise(
        lambda stack: ImageRepository(
            stack,
            "Repository",
            name="shop/storefront",
            encryption_key=kms.Key(stack, "Key"),
            pull_accounts=["222222222222"],
            removal_policy=RemovalPolicy.RETAIN,
        )
    )
    (statement,) = repository(resources)["RepositoryPolicyText"]["Statement"]
    assert "222222222222" in json.dumps(statement["Principal"])
    assert not [action for action in statement["Action"] if "Put" in action or "*" in action]
    assert not repository(resources).get("EmptyOnDelete", False)


def test_a_registry_of_its_own_opens_to_no_other_account(registry: Any) -> None:
    assert "RepositoryPolicyText" not in repository(registry)
