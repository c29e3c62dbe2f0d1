"""What an instance type has for tasks."""

import pytest

from slipway.local_aws.capacity.instance_types import InstanceType, UnknownInstanceTypeError


@pytest.mark.parametrize(
    ("name", "cpu", "interfaces", "trunk", "architecture"),
    [
        ("m6i.large", 2048, 2, 10, "x86_64"),
        ("c5.xlarge", 4096, 3, 20, "x86_64"),
        ("r7g.2xlarge", 8192, 3, 40, "arm64"),
        ("c6gn.large", 2048, 2, 10, "arm64"),
        ("m6a.large", 2048, 2, 10, "x86_64"),
        ("t4g.micro", 2048, 1, 1, "arm64"),
        ("t3.medium", 2048, 2, 2, "x86_64"),
    ],
)
def test_type_has_what_ec2_says(name, cpu, interfaces, trunk, architecture):
    plain, trunking = InstanceType.named(name), InstanceType.named(name, trunking=True)
    assert (plain.cpu_units, plain.architecture) == (cpu, architecture)
    assert (plain.task_interfaces, trunking.task_interfaces) == (interfaces, trunk)


def test_agent_takes_its_part_of_the_memory():
    assert 7500 < InstanceType.named("m6i.large").memory_mib < 8192


@pytest.mark.parametrize("name", ["m6i.metal", "x2idn.large", "large", ""])
def test_unknown_type_is_refused_by_name(name):
    with pytest.raises(UnknownInstanceTypeError, match=f"instance type {name} is not known"):
        InstanceType.named(name)
