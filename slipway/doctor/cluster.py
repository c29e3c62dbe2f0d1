"""What EC2 instances of the cluster need: types that the zones have, and trunked interfaces."""

from __future__ import annotations

from collections.abc import Iterator

from slipway.doctor.finding import Finding, mend, ok
from slipway.doctor.patient import Patient

_OFFERINGS = (
    "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceTypeOfferings.html"
)
_TRUNKING = (
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-instance-eni.html"
)


def instance_types(patient: Patient) -> Iterator[Finding]:
    """Look whether each zone of the environment has one of the types, at least."""
    place = patient.wanted
    if not place.capacity.ec2.max:
        yield ok("instance types", "none is needed: capacity.ec2.max is 0")
        return
    wanted = list(place.capacity.ec2.instance_types)
    pages = (
        patient.client("ec2")
        .get_paginator("describe_instance_type_offerings")
        .paginate(
            LocationType="availability-zone",
            Filters=[{"Name": "instance-type", "Values": wanted}],
        )
    )
    offered: dict[str, set[str]] = {}
    for page in pages:
        for each in page["InstanceTypeOfferings"]:
            offered.setdefault(each["Location"], set()).add(each["InstanceType"])
    without = [zone for zone in place.availability_zones if not offered.get(zone)]
    if without:
        yield mend(
            "instance types",
            f"{', '.join(without)} has none of {', '.join(wanted)}",
            f"add a type that it has to capacity.ec2.instance_types (environments/{place.name}"
            ".yaml): aws ec2 describe-instance-type-offerings --location-type availability-zone "
            f"--region {patient.region} --filters Name=location,Values={without[0]}",
            _OFFERINGS,
        )
    else:
        yield ok("instance types", "every zone has one of them, at least", _OFFERINGS)


def trunking(patient: Patient) -> Iterator[Finding]:
    """Look whether instances get the trunk that holds more than two or three tasks."""
    place = patient.wanted
    services = patient.settings.services(place.name).values()
    if not any(service.capacity.ec2 for service in services):
        yield ok("interface trunking", "not needed: no service runs on EC2")
        return
    found = patient.client("ecs").list_account_settings(
        name="awsvpcTrunking", effectiveSettings=True
    )["settings"]
    if any(each["value"] == "enabled" for each in found):
        yield ok("interface trunking", "enabled", _TRUNKING)
        return
    cloudformation = patient.client("cloudformation")
    stack = patient.settings.names(place.name).stack("cluster")
    try:
        cloudformation.describe_stacks(StackName=stack)
    except cloudformation.exceptions.ClientError as error:
        if "does not exist" not in str(error):
            raise
        yield ok("interface trunking", f"not enabled yet: {stack} does that", _TRUNKING)
        return
    yield mend(
        "interface trunking",
        "disabled, and an instance holds two or three tasks",
        f"aws ecs put-account-setting-default --region {patient.region} --name awsvpcTrunking "
        "--value enabled, and replace the instances",
        _TRUNKING,
    )
