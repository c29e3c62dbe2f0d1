import json
import re
from typing import Any

TASK = "AWS::ECS::TaskDefinition"


def container(storefront: Any) -> Any:
    (only,) = storefront.only(TASK)["ContainerDefinitions"]
    return only


def test_the_revision_that_runs_outlives_its_replacement(storefront: Any) -> None:
    """CloudFormation would deregister it, and a rollback could not start its tasks again."""
    (resource,) = storefront.of(TASK).values()
    assert resource["UpdateReplacePolicy"] == "Retain"
    assert resource["DeletionPolicy"] == "Delete"


def test_the_image_is_named_by_digest(storefront: Any) -> None:
    image = json.dumps(container(storefront)["Image"])
    assert ".dkr.ecr." in image
    assert re.search(r"shop/storefront@sha256:[0-9a-f]{64}\"", image)


def test_the_container_is_hardened(storefront: Any) -> None:
    hardened = container(storefront)
    assert hardened["ReadonlyRootFilesystem"] is True
    assert hardened["LinuxParameters"]["Capabilities"]["Drop"] == ["ALL"]
    assert hardened["LinuxParameters"]["InitProcessEnabled"] is True
    assert not hardened.get("Privileged", False)


def test_the_container_gets_one_json_key_of_its_secret(storefront: Any) -> None:
    (secret,) = container(storefront)["Secrets"]
    assert secret["Name"] == "SESSION_KEY"
    assert secret["ValueFrom"] == {
        "Fn::Join": ["", [{"Ref": storefront.only_id("AWS::SecretsManager::Secret")}, ":key::"]]
    }


def test_standard_output_goes_to_the_service_s_log_group(storefront: Any) -> None:
    logging = container(storefront)["LogConfiguration"]
    assert logging["LogDriver"] == "awslogs"
    group = storefront.of("AWS::Logs::LogGroup")[logging["Options"]["awslogs-group"]["Ref"]]
    assert group["Properties"]["LogGroupName"] == "/shop/local/storefront"
    assert logging["Options"]["awslogs-stream-prefix"] == "storefront"


def test_the_container_learns_its_port_from_its_environment(storefront: Any) -> None:
    variables = {each["Name"]: each["Value"] for each in container(storefront)["Environment"]}
    assert variables["PORT"] == "8080"
    assert [port["ContainerPort"] for port in container(storefront)["PortMappings"]] == [8080]


def test_a_task_may_drain_before_it_is_killed(storefront: Any) -> None:
    assert container(storefront)["StopTimeout"] == 90


def test_each_task_has_an_address_of_its_own(storefront: Any) -> None:
    task = storefront.only(TASK)
    assert task["NetworkMode"] == "awsvpc"
    assert task["RequiresCompatibilities"] == ["FARGATE"]
    assert (task["Cpu"], task["Memory"]) == ("256", "512")
    assert task["RuntimePlatform"] == {
        "CpuArchitecture": "X86_64",
        "OperatingSystemFamily": "LINUX",
    }


def test_the_program_itself_may_do_nothing_in_aws(storefront: Any) -> None:
    assert storefront.statements("TaskTaskRole") == []


def test_starting_a_task_may_read_exactly_its_own_image_secret_and_key(storefront: Any) -> None:
    allowed = json.dumps(storefront.statements("TaskExecutionRole"))
    assert "repository/shop/storefront" in allowed
    assert storefront.only_id("AWS::SecretsManager::Secret") in allowed
    for statement in storefront.statements("TaskExecutionRole"):
        if "GetSecretValue" in json.dumps(statement) or "kms:" in json.dumps(statement):
            assert statement["Resource"] != "*"
