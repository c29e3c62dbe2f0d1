"""An Auto Scaling group: what it starts and where, from MiniStack's record of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import autoscaling, ec2, ecs

from slipway.local_aws.capacity.container_instance import ContainerInstance, empty_room
from slipway.local_aws.capacity.instance_types import InstanceType, UnknownInstanceTypeError
from slipway.local_aws.capacity.placement import Room
from slipway.local_aws.capacity.zones import zones_of

Record = dict[str, Any]


class Group:
    """A view of a group's record; make one within the request scope of its account."""

    def __init__(self, record: Record) -> None:
        self.record = record

    @property
    def name(self) -> str:
        """The group's name."""
        return str(self.record["AutoScalingGroupName"])

    @property
    def capacity_provider(self) -> Record | None:
        """The capacity provider that names this group; templates may give its name for its ARN."""
        names = (self.record["AutoScalingGroupARN"], self.name)
        for provider in ecs._capacity_providers.values():
            if provider["autoScalingGroupProvider"].get("autoScalingGroupArn") in names:
                found: Record = provider
                return found
        return None

    @property
    def cluster(self) -> str | None:
        """The cluster that the group's capacity provider is associated with."""
        provider = self.capacity_provider
        for name, cluster in ecs._clusters.items():
            if provider and provider["name"] in cluster.get("capacityProviders", []):
                return str(name)
        return None

    def next_type(self) -> InstanceType:
        """Return the type of the next instance: the first of the mix.

        Raises
        ------
        UnknownInstanceTypeError
            There is none, or none that this machine knows.
        """
        policy = self.record.get("MixedInstancesPolicy") or {}
        overrides = policy.get("LaunchTemplate", {}).get("Overrides") or [{}]
        name = overrides[0].get("InstanceType") or self.launch_data.get("InstanceType")
        if not name:
            raise UnknownInstanceTypeError(
                f"Auto Scaling group {self.name} has no instance type: "
                "name one in its launch template or its overrides"
            )
        return InstanceType.named(
            name, trunking=ecs._account_settings.get("awsvpcTrunking") == "enabled"
        )

    def note_zones(self) -> None:
        """Have the record tell the zones of the group's subnets."""
        subnets = [item for item in self.record["VPCZoneIdentifier"].split(",") if item]
        known = zones_of(subnets, get_account_id(), get_region())
        if known:
            self.record["AvailabilityZones"] = sorted(set(known.values()))

    @property
    def launch_data(self) -> Record:
        """What the launch template, or the launch configuration, says about an instance."""
        policy = self.record.get("MixedInstancesPolicy") or {}
        reference = (
            policy.get("LaunchTemplate", {}).get("LaunchTemplateSpecification")
            or self.record.get("LaunchTemplate")
            or {}
        )
        wanted = (reference.get("LaunchTemplateId"), reference.get("LaunchTemplateName"))
        for template in ec2._launch_templates.values():
            if template["LaunchTemplateId"] in wanted or template["LaunchTemplateName"] in wanted:
                return _version(template, str(reference.get("Version") or "$Default"))
        configuration = autoscaling._launch_configs.get(self.record["LaunchConfigurationName"], {})
        return {**configuration, "SecurityGroupIds": configuration.get("SecurityGroups", [])}

    def places(self, instances: Iterable[ContainerInstance], count: int) -> list[tuple[str, str]]:
        """Return the subnets and zones of the next instances, so that they stay spread evenly."""
        subnets = [item for item in self.record["VPCZoneIdentifier"].split(",") if item]
        known = zones_of(subnets, get_account_id(), get_region())
        first = self.record["AvailabilityZones"][0]
        zones = {item: known.get(item, first) for item in subnets} or {"": first}
        load = Counter(instance.subnet for instance in instances)
        chosen = []
        for _ in range(count):
            subnet = min(zones, key=lambda item: load[item])
            load[subnet] += 1
            chosen.append((subnet, zones[subnet]))
        return chosen

    def new_rooms(self, instances: Iterable[ContainerInstance], count: int) -> list[Room]:
        """Return what the next instances would have to offer."""
        return [
            empty_room(f"new {number}", self.next_type(), zone)
            for number, (_, zone) in enumerate(self.places(instances, count))
        ]

    def launch(
        self, instances: Iterable[ContainerInstance], address: str, boot_seconds: float
    ) -> ContainerInstance:
        """Start an instance; EC2 and Auto Scaling describe it from now on."""
        subnet, zone = self.places(instances, 1)[0]
        type_, data = self.next_type(), self.launch_data
        record = ec2._launch_instances_internal(
            image_id=data.get("ImageId") or "ami-00000000",
            instance_type=type_.name,
            subnet_id=subnet,
            count=1,
            user_data=data.get("UserData") or "",
            sg_ids=data.get("SecurityGroupIds") or [],
            requested_private_ip=address,
        )[0]
        record["Placement"]["AvailabilityZone"] = zone
        record["Architecture"] = type_.architecture
        record["PublicIpAddress"] = record["PublicDnsName"] = ""
        ec2._tags[record["InstanceId"]] = self._tags(data)
        member = {
            "InstanceId": record["InstanceId"],
            "InstanceType": type_.name,
            "LifecycleState": "Pending",
            "HealthStatus": "Healthy",
            "AvailabilityZone": zone,
            "ProtectedFromScaleIn": _is_true(self.record["NewInstancesProtectedFromScaleIn"]),
            "LaunchTemplate": self.record.get("LaunchTemplate") or {},
            "LaunchConfigurationName": self.record.get("LaunchConfigurationName", ""),
        }
        self.record["Instances"].append(member)
        return ContainerInstance(
            id=record["InstanceId"],
            account=get_account_id(),
            region=get_region(),
            group=self.name,
            type=type_,
            zone=zone,
            subnet=subnet,
            address=address,
            member=member,
            provider=(self.capacity_provider or {}).get("name"),
            ready_at=time.monotonic() + boot_seconds,
        )

    def _tags(self, data: Record) -> list[dict[str, str]]:
        tags = {"aws:autoscaling:groupName": self.name}
        for specification in data.get("TagSpecifications") or []:
            if specification.get("ResourceType") == "instance":
                tags |= {tag["Key"]: tag["Value"] for tag in specification.get("Tags") or []}
        tags |= {
            tag["Key"]: tag["Value"]
            for tag in self.record.get("Tags") or []
            if tag.get("PropagateAtLaunch")
        }
        return [{"Key": key, "Value": str(value)} for key, value in tags.items()]


def terminate(instance: ContainerInstance) -> None:
    """Have EC2 and Auto Scaling forget an instance, and its volumes with it."""
    record = ec2._instances.get(instance.id)
    if record is not None:
        ec2._terminate_instances({"InstanceId.1": [instance.id]})
        for mapping in record["BlockDeviceMappings"]:
            ec2._volumes.pop(mapping["Ebs"]["VolumeId"], None)
    group = autoscaling._asgs.get(instance.group)
    if group is not None and instance.member in group["Instances"]:
        group["Instances"].remove(instance.member)


def is_lost(instance: ContainerInstance) -> bool:
    """Tell whether somebody else ended an instance."""
    record = ec2._instances.get(instance.id)
    return record is None or record["State"]["Name"] != "running"


def _version(template: Record, wanted: str) -> Record:
    number = {
        "$Default": template["DefaultVersionNumber"],
        "$Latest": template["LatestVersionNumber"],
    }.get(wanted, wanted)
    for version in template["Versions"]:
        if str(version["VersionNumber"]) == str(number):
            data: Record = version["LaunchTemplateData"]
            return data
    return {}


def _is_true(value: object) -> bool:
    return str(value).lower() == "true"
