"""The Service stack: a service that no stack update touches, and tags on all that is beside it."""

import json
from typing import Any

import pytest

SERVICE = "AWS::ECS::Service"


def test_no_change_of_settings_reaches_the_service_that_codedeploy_owns(
    storefront: Any, changed: Any
) -> None:
    """Scaling, capacity, tags, image, secrets, zones, size, probes: the resource stays the same."""
    after = changed["shop-local-storefront"]
    assert json.dumps(after.of(SERVICE)) == json.dumps(storefront.of(SERVICE))


def test_the_changed_settings_do_arrive_beside_the_service(storefront: Any, changed: Any) -> None:
    """Or the test above would prove nothing."""
    after = changed["shop-local-storefront"]
    task = "AWS::ECS::TaskDefinition"
    assert "sha256:" + "2" * 64 in json.dumps(after.of(task))
    assert "sha256:" + "2" * 64 not in json.dumps(storefront.of(task))
    container = after.only(task)["ContainerDefinitions"][0]
    assert {secret["Name"] for secret in container["Secrets"]} == {"SESSION_KEY", "CARD_KEY"}
    assert after.only("AWS::ApplicationAutoScaling::ScalableTarget")["MinCapacity"] == 4
    tags = {tag["Key"]: tag["Value"] for tag in after.only(task)["Tags"]}
    assert tags["team"] == "checkout"
    assert tags["slipway:owner"] == "shop-team"


def test_a_new_service_begins_with_today_s_settings(changed: Any) -> None:
    api = changed["shop-local-api"].only(SERVICE)
    assert api["DesiredCount"] == 3
    assert [entry["CapacityProvider"] for entry in api["CapacityProviderStrategy"]] == [
        "FARGATE_SPOT"
    ]
    assert len(api["NetworkConfiguration"]["AwsvpcConfiguration"]["Subnets"]) == 4


def test_no_tag_reaches_the_service(storefront: Any, changed: Any) -> None:
    for template in (storefront, changed["shop-local-storefront"], changed["shop-local-api"]):
        assert "Tags" not in template.only(SERVICE)


def test_the_tasks_cost_is_told_by_the_tags_of_their_definition(storefront: Any) -> None:
    assert storefront.only(SERVICE)["PropagateTags"] == "TASK_DEFINITION"
    assert storefront.only("AWS::ECS::TaskDefinition")["Tags"]


def test_every_other_service_resource_carries_the_application_s_tags(storefront: Any) -> None:
    wanted = {
        "slipway:application": "shop",
        "slipway:owner": "platform",
        "slipway:cost-centre": "shop",
        "slipway:environment": "local",
        "slipway:service": "storefront",
    }
    tagged = 0
    for name, resource in storefront.template["Resources"].items():
        tags = resource["Properties"].get("Tags")
        if tags:
            tagged += 1
            assert {tag["Key"]: tag["Value"] for tag in tags}.items() >= wanted.items(), name
    assert tagged > 30


@pytest.mark.parametrize(
    "type_",
    [
        "AWS::CodeDeploy::Application",
        "AWS::CodeDeploy::DeploymentGroup",
        "AWS::CloudWatch::Alarm",
        "AWS::ECS::TaskDefinition",
        "AWS::ElasticLoadBalancingV2::Listener",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "AWS::IAM::Role",
        "AWS::KMS::Key",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
        "AWS::SecretsManager::Secret",
    ],
)
def test_what_can_be_tagged_is_tagged(storefront: Any, type_: str) -> None:
    assert storefront.of(type_)
    assert all("Tags" in properties for properties in storefront.each(type_))
