"""The Service stack: a service that no stack update touches, and what a release reads of it."""

import json
from typing import Any

import pytest

from slipway.release.target import CapacityProvider, Network, Target

SERVICE = "AWS::ECS::Service"
ZERO_DIGEST = "sha256:" + "0" * 64


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


def test_the_next_release_takes_today_s_settings(changed: Any) -> None:
    target = Target.from_outputs(resolved_outputs(changed["shop-local-storefront"].template))
    assert target.capacity_provider_strategy == (
        CapacityProvider(name="FARGATE_SPOT", base=2, weight=3),
    )
    assert len(target.network.subnets) == 4


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


class Recorded(dict[str, str]):
    """A mapping that remembers which of its keys were asked for."""

    def __init__(self, values: dict[str, str]) -> None:
        super().__init__(values)
        self.read: set[str] = set()

    def __getitem__(self, key: str) -> str:
        self.read.add(key)
        return super().__getitem__(key)


def resolved_outputs(template: dict[str, Any]) -> dict[str, str]:
    """Give the outputs as CloudFormation would, with each reference standing for itself."""

    def resolve(value: Any) -> str:
        if isinstance(value, str):
            return value
        ((function, argument),) = value.items()
        if function == "Fn::Join":
            separator, parts = argument
            return separator.join(resolve(part) for part in parts)
        return f"{function}:{argument if isinstance(argument, str) else '.'.join(argument)}"

    return {key: resolve(output["Value"]) for key, output in template["Outputs"].items()}


def test_the_outputs_are_exactly_what_a_release_reads(storefront: Any) -> None:
    outputs = Recorded(resolved_outputs(storefront.template))
    Target.from_outputs(outputs)
    # What another stack imports is an output too.
    own = {key for key, output in storefront.template["Outputs"].items() if "Export" not in output}
    assert outputs.read == own


def test_a_release_reads_the_whole_target_from_the_outputs(storefront: Any) -> None:
    outputs = resolved_outputs(storefront.template)
    target = Target.from_outputs(outputs)
    balancer = storefront.only_id("AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert (target.cluster, target.service) == ("shop-local", "storefront")
    assert (target.application, target.deployment_group) == (
        "shop-local-storefront",
        "storefront",
    )
    assert target.revision == f"Ref:{storefront.only_id('AWS::ECS::TaskDefinition')}"
    assert target.address == f"Fn::GetAtt:{balancer}.DNSName"
    assert (target.port, target.test_port) == (8080, 9000)
    assert (target.container, target.container_port) == ("storefront", 8080)
    assert target.capacity_provider_strategy == (
        CapacityProvider(name="FARGATE", base=1, weight=1),
    )
    assert target.platform_version == "1.4.0"
    assert target.network == Network(
        subnets=target.network.subnets,
        security_groups=target.network.security_groups,
        assign_public_ip="DISABLED",
    )
    assert [subnet.count("PrivateSubnet") for subnet in target.network.subnets] == [1, 1, 1]
    (group,) = target.network.security_groups
    assert "BlueGreenSecurityGroup" in group
    assert set(target.alarms) == {
        alarm["AlarmName"] for alarm in storefront.each("AWS::CloudWatch::Alarm")
    }
    assert set(target.hooks.values()) <= {
        function["FunctionName"] for function in storefront.each("AWS::Lambda::Function")
    }
    assert len(target.hooks) == 5


def test_a_service_without_an_image_can_be_synthesised_but_not_deployed(
    changed_assembly: Any, changed: Any
) -> None:
    (stage,) = [nested.nested_assembly for nested in changed_assembly.nested_assemblies]
    errors = {
        stack.stack_name: [
            message.entry.data for message in stack.messages if message.level.name == "ERROR"
        ]
        for stack in stage.stacks
    }
    assert errors.pop("shop-local-api") == [
        "api has no image yet: build it and put its digest into build/images.json before you deploy"
    ]
    assert not any(errors.values())
    assert ZERO_DIGEST in json.dumps(changed["shop-local-api"].of("AWS::ECS::TaskDefinition"))


def test_each_secret_is_made_inside_secrets_manager(storefront: Any) -> None:
    secret = storefront.only("AWS::SecretsManager::Secret")
    assert "SecretString" not in secret
    assert secret["Name"] == "shop/local/storefront/session"
    assert secret["GenerateSecretString"]["GenerateStringKey"] == "key"
    assert secret["KmsKeyId"] == {
        "Fn::GetAtt": [storefront.only_id("AWS::KMS::Key"), "Arn"],
    }
