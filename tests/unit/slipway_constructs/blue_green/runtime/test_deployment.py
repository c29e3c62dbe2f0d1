"""Green's identity, read from CodeDeploy and ECS."""

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

TASK_DEFINITION = "arn:aws:ecs:eu-west-1:111111111111:task-definition/shop-local-storefront:7"
BLUE = TASK_DEFINITION.replace(":7", ":6")
ENVIRONMENT = {
    "CLUSTER": "shop-local",
    "SERVICE": "storefront",
    "LOAD_BALANCER": "app/storefront/0123456789abcdef",
    "HOST": "storefront.example.com",
    "TEST_PORT": "9000",
    "PRODUCTION_PORT": "443",
    "TEST_PROTOCOL": "HTTPS",
    "ALARMS": '["errors", "latency"]',
}
APPSPEC = {
    "version": 0.0,
    "Resources": [
        {
            "TargetService": {
                "Type": "AWS::ECS::Service",
                "Properties": {"TaskDefinition": TASK_DEFINITION},
            }
        }
    ],
}


GREEN = {
    "revision": "shop-local-storefront:7",
    "images": ("storefront", "sidecar"),
    "desired_count": 2,
    "target_group_arn": "arn:target-group/green",
    "addresses": ("10.0.1.5", "10.0.2.9"),
    "host": "storefront.example.com",
    "port": 9000,
    "production_port": 443,
    "protocol": "HTTPS",
    "alarms": ("errors", "latency"),
    "replaces": "shop-local-storefront:6",
    "is_cure": False,
}


class CodeDeploy:
    def __init__(self) -> None:
        self.revision: dict[str, Any] = {
            "revisionType": "AppSpecContent",
            "appSpecContent": {"sha256": "abc"},
        }
        self.content = json.dumps(APPSPEC)
        self.alarm_override: dict[str, Any] = {}

    def get_deployment(self, **parameters: str) -> dict[str, Any]:
        assert parameters == {"deploymentId": "d-GREEN"}
        return {
            "deploymentInfo": {
                "applicationName": "shop-local-storefront",
                "revision": self.revision,
                **self.alarm_override,
            }
        }

    def get_application_revision(self, **parameters: Any) -> dict[str, Any]:
        assert parameters["applicationName"] == "shop-local-storefront"
        assert parameters["revision"] == self.revision
        (member,) = self.revision.keys() - {"revisionType"}
        return {"revision": {member: {"content": self.content, "sha256": "abc"}}}


class ContainerService:
    def __init__(self) -> None:
        self.task_sets = [
            task_set("d-BLUE", "blue") | {"status": "PRIMARY", "taskDefinition": BLUE},
            task_set("d-GREEN", "green") | {"status": "ACTIVE", "taskDefinition": TASK_DEFINITION},
        ]
        self.services = [{"serviceName": "storefront", "taskSets": self.task_sets}]

    def describe_task_definition(self, **parameters: str) -> dict[str, Any]:
        assert parameters == {"taskDefinition": TASK_DEFINITION}
        return {
            "taskDefinition": {
                "containerDefinitions": [
                    {"image": "storefront"},
                    {"image": "sidecar", "essential": True},
                    {"image": "collector", "essential": False},
                ],
            }
        }

    def describe_services(self, **parameters: Any) -> dict[str, Any]:
        assert parameters == {"cluster": "shop-local", "services": ["storefront"]}
        return {"services": self.services}


class Network:
    def describe_network_interfaces(self, **parameters: Any) -> dict[str, Any]:
        name = {"Name": "description", "Values": ["ELB app/storefront/0123456789abcdef"]}
        assert parameters == {"Filters": [name]}
        return {
            "NetworkInterfaces": [
                {"PrivateIpAddress": address} for address in ("10.0.2.9", "10.0.1.5")
            ]
        }


def task_set(deployment_id: str, target_group: str) -> dict[str, Any]:
    return {
        "externalId": deployment_id,
        "computedDesiredCount": 2,
        "loadBalancers": [{"targetGroupArn": f"arn:target-group/{target_group}"}],
    }


@pytest.fixture
def services(aws: dict[str, Any]) -> dict[str, Any]:
    aws.update(codedeploy=CodeDeploy(), ecs=ContainerService(), ec2=Network())
    return aws


@pytest.fixture
def read_green(load: Callable[[str], ModuleType]) -> Callable[[], Any]:
    deployment = load("codedeploy.deployment")
    return lambda: deployment.read_green("d-GREEN", ENVIRONMENT)


def test_green_is_what_this_deployment_brings(
    services: dict[str, Any], read_green: Callable[[], Any]
) -> None:
    green = read_green()
    assert {name: getattr(green, name) for name in GREEN} == GREEN


def test_what_no_check_asks_for_is_not_asked_of_aws(
    aws: dict[str, Any], read_green: Callable[[], Any]
) -> None:
    """Each further client makes a hook's first call slower."""
    aws["codedeploy"] = CodeDeploy()
    assert read_green().revision == "shop-local-storefront:7"
    aws["ec2"] = Network()
    assert read_green().addresses == ("10.0.1.5", "10.0.2.9")


def test_what_was_asked_for_once_stays_as_it_was(
    services: dict[str, Any], read_green: Callable[[], Any]
) -> None:
    """A check that sends many requests asks for the addresses once."""
    green = read_green()
    first = (green.addresses, green.images, green.desired_count)
    services["ec2"].describe_network_interfaces = services["ecs"].describe_services = None
    services["ecs"].describe_task_definition = None
    assert (green.addresses, green.images, green.desired_count) == first


def test_before_install_there_is_no_task_set_but_a_revision(
    services: dict[str, Any], read_green: Any
) -> None:
    services["ecs"].task_sets.pop()
    green = read_green()
    assert green.revision == "shop-local-storefront:7"
    assert (green.target_group_arn, green.desired_count) == (None, None)


def test_a_deployment_that_ignores_alarms_has_none_so_that_it_can_cure_a_firing_one(
    services: dict[str, Any], read_green: Any
) -> None:
    services["codedeploy"].alarm_override = {"overrideAlarmConfiguration": {"enabled": False}}
    green = read_green()
    assert green.alarms == ()
    assert green.is_cure


@pytest.mark.parametrize("quote", ["", "'", '"'])
def test_the_appspec_of_a_pipeline_is_yaml(
    services: dict[str, Any], read_green: Any, quote: str
) -> None:
    services["codedeploy"].content = (
        "version: 0.0\nResources:\n- TargetService:\n    Type: AWS::ECS::Service\n"
        f"    Properties:\n      TaskDefinition: {quote}{TASK_DEFINITION}{quote}\n"
        "      PlatformVersion: 1.4.0\n"
    )
    assert read_green().revision == "shop-local-storefront:7"


def test_an_inline_appspec_may_also_be_called_a_string(
    services: dict[str, Any], read_green: Any
) -> None:
    services["codedeploy"].revision = {"revisionType": "String", "string": {"sha256": "abc"}}
    assert read_green().revision == "shop-local-storefront:7"


def test_appspec_kept_elsewhere_is_refused_in_a_sentence(
    services: dict[str, Any], read_green: Any
) -> None:
    services["codedeploy"].revision = {"revisionType": "S3", "s3Location": {}}
    with pytest.raises(Exception, match="d-GREEN takes its AppSpec from S3: only inline"):
        read_green()


@pytest.mark.parametrize("content", ["version: 0.0\nResources: []\n", "{}", "[]", "7"])
def test_appspec_without_a_task_definition_is_refused_in_a_sentence(
    services: dict[str, Any], read_green: Any, content: str
) -> None:
    services["codedeploy"].content = content
    with pytest.raises(Exception, match="d-GREEN names no task definition"):
        read_green()


@pytest.mark.parametrize("named", ["shop-local-storefront", TASK_DEFINITION.rpartition(":")[0]])
def test_appspec_that_leaves_the_revision_open_is_refused_in_a_sentence(
    services: dict[str, Any], read_green: Any, named: str
) -> None:
    """Which tasks are green could not be told then."""
    services["codedeploy"].content = services["codedeploy"].content.replace(TASK_DEFINITION, named)
    with pytest.raises(Exception, match=f"names the task definition {named}, without its revision"):
        read_green()


def test_service_that_is_gone_fails_the_check_that_asks_for_it(
    services: dict[str, Any], read_green: Any, failure: type[Exception]
) -> None:
    services["ecs"].services = []
    green = read_green()
    with pytest.raises(failure, match="no ECS service storefront in cluster shop-local"):
        _ = green.desired_count
