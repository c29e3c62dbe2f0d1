from datetime import timedelta
from typing import Any

import pytest

FILE = "environments/dev.yaml"


def test_an_environment_has_its_values_and_careful_defaults(project: Any) -> None:
    environment = project.load().environment("dev")
    assert environment.name == "dev"
    assert environment.account == "012345678901"
    assert environment.availability_zones == ("eu-west-1a", "eu-west-1b")
    assert environment.network.nat == "per-zone"
    assert environment.log_retention == timedelta(days=30)
    assert environment.removal_policy == "retain"
    assert environment.notifications.email == ()


def test_an_environment_names_who_hears_of_alarms(project: Any) -> None:
    project.append(FILE, "notifications: { email: [team@example.com, on-call@example.com] }\n")
    email = project.load().environment("dev").notifications.email
    assert email == ("team@example.com", "on-call@example.com")


@pytest.mark.parametrize("nat", ["none", "single"])
def test_an_environment_names_further_services_to_reach_privately(project: Any, nat: str) -> None:
    further = f"10.0.0.0/16\n  nat: {nat}\n  endpoints: [sqs, ecr.api, dynamodb]"
    project.replace(FILE, "10.0.0.0/16", further)
    assert project.load().environment("dev").network.endpoints == ("sqs", "ecr.api", "dynamodb")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("10.0.0.0/16", "10.0.0.0/8", "5: network.cidr must be an IPv4 network between /16 and /2"),
        ("    max: 4\n", "tooling:\n  account: x\n", "10: tooling.region is missing: The region"),
        ("    max: 4\n", "tooling: none\n", "10: tooling must be a mapping ({} where it has no"),
    ],
)
def test_a_mistake_is_told_at_its_line(project: Any, old: str, new: str, expected: str) -> None:
    project.replace(FILE, old, new)
    assert any(line.startswith(f"{FILE}:{expected}") for line in project.mistakes())


def test_a_missing_key_is_told_at_the_mapping_that_lacks_it(project: Any) -> None:
    project.replace(FILE, "    instance_types: [m6i.large]\n", "")
    project.replace(FILE, "  cidr: 10.0.0.0/16\n", "  nat: none\n")
    assert project.mistakes() == (
        f"{FILE}:4: network.cidr is missing: The IPv4 addresses of the VPC, between /16 and /20",
        f"{FILE}:7: capacity.ec2.instance_types is missing: Instance types to choose from, of "
        f"one architecture: c, m or r from the fifth generation on, because these trunk "
        f"network interfaces",
    )


def test_all_mistakes_of_all_files_are_told_at_once(project: Any) -> None:
    project.replace("slipway.yaml", "owner", "ower")
    project.replace(FILE, "max: 4", "max: -1")
    project.replace("services/web/service.yaml", "8080", "0")
    assert project.mistakes() == (
        "slipway.yaml:1: owner is missing: The team that answers for it; a tag on every resource",
        "slipway.yaml:2: ower is not a known key; did you mean owner?",
        f"{FILE}:10: capacity.ec2.max must be at least 0, not '-1'",
        "services/web/service.yaml:1: port must be at least 1, not '0'",
    )
