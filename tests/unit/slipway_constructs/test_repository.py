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


def test_nothing_that_carries_a_tag_ever_expires(registry: Any) -> None:
    """A rule by age or number could take what an environment runs or would return to."""
    assert [rule["selection"] for rule in rules(registry)] == [
        {
            "tagStatus": "untagged",
            "countType": "sinceImagePushed",
            "countNumber": 7,
            "countUnit": "days",
        }
    ]


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
            puller_tags={"slipway:service": "storefront"},
            removal_policy=RemovalPolicy.RETAIN,
        )
    )
    (statement,) = repository(resources)["RepositoryPolicyText"]["Statement"]
    assert statement["Condition"] == {
        "StringEquals": {"aws:PrincipalTag/slipway:service": "storefront"}
    }
    assert "222222222222" in json.dumps(statement["Principal"])
    assert not [action for action in statement["Action"] if "Put" in action or "*" in action]
    assert not repository(resources).get("EmptyOnDelete", False)


def test_a_registry_of_its_own_opens_to_no_other_account(registry: Any) -> None:
    assert "RepositoryPolicyText" not in repository(registry)
