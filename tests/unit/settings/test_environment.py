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
        ('"012345678901"', "12345", '1: account must be 12 digits, such as "012345678901", not'),
        ("eu-west-1\n", "Ireland\n", "2: region must be an AWS region, such as eu-west-1, not 'I"),
        (
            "[eu-west-1a, eu-west-1b]",
            "[eu-west-1a]",
            "3: availability_zones must list at least 2, not 1",
        ),
        (
            "eu-west-1b]",
            "us-east-1b]",
            "3: availability_zones[1] must be a zone of eu-west-1, such as eu-west-1a, not 'us-e",
        ),
        ("eu-west-1b]", "eu-west-1a]", "3: availability_zones[1] must not list eu-west-1a twice"),
        (
            "10.0.0.0/16",
            "10.0.0.0/24",
            "5: network.cidr must be an IPv4 network between /16 and /20, such as 10.0.0.0/16: ",
        ),
        ("10.0.0.0/16", "10.0.0.0/8", "5: network.cidr must be an IPv4 network between /16 and /2"),
        ("10.0.0.0/16", "fd00::/64", "5: network.cidr must be an IPv4 network between /16 and /20"),
        (
            "10.0.0.0/16",
            "10.0.0.1/16",
            "5: network.cidr must be the network itself: 10.0.0.0/16, not 10.0.0.1/16",
        ),
        (
            "10.0.0.0/16",
            "10.0.0.0/16\n  nat: both",
            "6: network.nat must be none, single or per-zone, not 'both'",
        ),
        ("[m6i.large]", "[]", "8: capacity.ec2.instance_types must list at least 1, not 0"),
        (
            "[m6i.large]",
            "[large]",
            "8: capacity.ec2.instance_types[0] must be a c, m or r instance type from the fifth",
        ),
        ("min: 0", "min: 5", "10: capacity.ec2.max must be at least capacity.ec2.min (4 < 5)"),
        ("min: 0", "min: some", "9: capacity.ec2.min must be a whole number, not 'some'"),
        ("min: 0", "min: -1", "9: capacity.ec2.min must be at least 0, not '-1'"),
        ("account:", "acount:", "1: acount is not a known key; did you mean account?"),
        ("    max: 4\n", "log_retention: 2d\n", "10: log_retention must be a period that Cloud"),
        (
            "    max: 4\n",
            "removal_policy: keep\n",
            "10: removal_policy must be destroy or retain, not 'keep'",
        ),
        (
            "10.0.0.0/16",
            "10.0.0.0/16\n  endpoints: [sqs, com.amazonaws.eu-west-1.sns]",
            "6: network.endpoints[1] must be what follows com.amazonaws.<region>. in an endpoint's "
            "service name, such as sqs or dynamodb, not 'com.amazonaws.eu-west-1.sns'",
        ),
        (
            "10.0.0.0/16",
            "10.0.0.0/16\n  endpoints: [Amazon SQS]",
            "6: network.endpoints[0] must be what follows com.amazonaws.<region>. in an",
        ),
        (
            "10.0.0.0/16",
            "10.0.0.0/16\n  endpoints: [sqs, dynamodb, sqs]",
            "6: network.endpoints[2] must not list sqs twice",
        ),
        (
            "    max: 4\n",
            "notifications: { email: team@example.com }\n",
            "10: notifications.email must be a list",
        ),
        (
            "    max: 4\n",
            "notifications: { email: [a@example.com, team] }\n",
            "10: notifications.email[1] must be an e-mail address, such as team@example.com, not",
        ),
        (
            "    max: 4\n",
            "notifications: { email: [a@example.com, a@example.com] }\n",
            "10: notifications.email[1] must not list a@example.com twice",
        ),
        ("    max: 4\n", "notifications: { mail: [] }\n", "10: notifications.mail is not a known"),
        ("    max: 4\n", "tooling:\n  account: x\n", "10: tooling.region is missing: The region"),
        ("    max: 4\n", "tooling: none\n", "10: tooling must be a mapping ({} where it has no"),
    ],
)
def test_a_mistake_is_told_at_its_line(project: Any, old: str, new: str, expected: str) -> None:
    project.replace(FILE, old, new)
    assert any(line.startswith(f"{FILE}:{expected}") for line in project.mistakes())


def test_the_retention_periods_are_listed(project: Any) -> None:
    project.append(FILE, "log_retention: 2d\n")
    (line,) = project.mistakes()
    assert "not 2d: 1d, 3d, 5d, 7d, 14d, 30d, " in line
    assert line.endswith(", 3653d")


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
