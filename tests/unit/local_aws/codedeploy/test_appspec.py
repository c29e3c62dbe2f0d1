import json

import pytest
import yaml

from slipway.local_aws.codedeploy.appspec import AppSpec, content_of, digest_of
from slipway.local_aws.codedeploy.errors import CodeDeployError

PROPERTIES = {
    "TaskDefinition": "web:2",
    "LoadBalancerInfo": {"ContainerName": "web", "ContainerPort": "8080"},
    "PlatformVersion": "1.4.0",
    "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["subnet-1"]}},
    "CapacityProviderStrategy": [{"CapacityProvider": "FARGATE", "Base": 1, "Weight": 1}],
}


def document(**changes):
    resource = {"Type": "AWS::ECS::Service", "Properties": PROPERTIES}
    return {
        "version": 0,
        "Resources": [{"TargetService": resource}],
        "Hooks": [{"BeforeInstall": "check"}],
        **changes,
    }


@pytest.mark.parametrize("write", [json.dumps, yaml.safe_dump])
def test_json_and_yaml_say_the_same(write):
    spec = AppSpec.parse(write(document()))
    assert (spec.task_definition, spec.container_name, spec.container_port) == (
        "web:2",
        "web",
        8080,
    )
    assert spec.network_configuration == {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
    assert spec.capacity_provider_strategy == [
        {"capacityProvider": "FARGATE", "base": 1, "weight": 1}
    ]
    assert spec.hooks == {"BeforeInstall": "check"}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        json.dumps({"version": 0}),
        json.dumps(document(Resources=[])),
        json.dumps(document(Hooks=[{"BeforeLunch": "check"}])),
    ],
)
def test_unreadable_appspec_is_an_invalid_revision(content):
    with pytest.raises(CodeDeployError) as refusal:
        AppSpec.parse(content)
    assert refusal.value.code == "InvalidRevisionException"


def test_revision_with_another_digest_is_refused():
    revision = {"revisionType": "AppSpecContent", "appSpecContent": {"content": "a", "sha256": "b"}}
    with pytest.raises(CodeDeployError, match="sha256"):
        content_of(revision)


def test_revision_with_its_digest_is_taken():
    location = {"content": "a", "sha256": digest_of("a")}
    assert content_of({"revisionType": "AppSpecContent", "appSpecContent": location}) == "a"
    assert content_of({"revisionType": "String", "string": {"content": "a"}}) == "a"
