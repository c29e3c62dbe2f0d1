import json
from typing import Any

import pytest


def test_ecs_scales_and_drains_the_instances(cluster: Any) -> None:
    provider = cluster.only("AWS::ECS::CapacityProvider")["AutoScalingGroupProvider"]
    assert provider["ManagedScaling"]["Status"] == "ENABLED"
    assert provider["ManagedDraining"] == "ENABLED"


def test_nothing_protects_an_instance_when_its_stack_is_deleted(cluster: Any) -> None:
    """Protected instances keep the Auto Scaling group, and so the stack, from going."""
    provider = cluster.only("AWS::ECS::CapacityProvider")["AutoScalingGroupProvider"]
    assert provider["ManagedTerminationProtection"] == "DISABLED"
    group = cluster.only("AWS::AutoScaling::AutoScalingGroup")
    assert not group.get("NewInstancesProtectedFromScaleIn", False)


def test_tasks_cannot_reach_the_instance_s_credentials(cluster: Any) -> None:
    metadata = launch_template(cluster)["MetadataOptions"]
    assert metadata["HttpTokens"] == "required"
    assert metadata["HttpPutResponseHopLimit"] == 1


def test_tasks_with_a_network_interface_of_their_own_cannot_reach_them_either(cluster: Any) -> None:
    user_data = json.dumps(launch_template(cluster)["UserData"])
    assert "ECS_AWSVPC_BLOCK_IMDS=true >> /etc/ecs/ecs.config" in user_data


def test_instance_volumes_are_encrypted(cluster: Any) -> None:
    devices = launch_template(cluster)["BlockDeviceMappings"]
    assert devices
    assert all(device["Ebs"]["Encrypted"] for device in devices)


def test_instances_live_in_the_private_subnets_and_admit_nobody(cluster: Any) -> None:
    group = cluster.only("AWS::AutoScaling::AutoScalingGroup")
    subnets = [subnet["Fn::ImportValue"] for subnet in group["VPCZoneIdentifier"]]
    assert len(subnets) == 3
    assert all("PrivateSubnet" in subnet for subnet in subnets)
    assert not cluster.of("AWS::EC2::SecurityGroupIngress")
    assert all(
        "SecurityGroupIngress" not in group for group in cluster.each("AWS::EC2::SecurityGroup")
    )


def test_instance_types_are_the_settings_and_carry_no_weight(cluster: Any) -> None:
    """The capacity provider counts instances, so a weighted list would mislead it."""
    policy = cluster.only("AWS::AutoScaling::AutoScalingGroup")["MixedInstancesPolicy"]
    assert policy["LaunchTemplate"]["Overrides"] == [
        {"InstanceType": "m6i.large"},
        {"InstanceType": "m6a.large"},
        {"InstanceType": "m5.large"},
    ]


def test_the_share_of_spot_instances_is_the_settings(synthesise: Any) -> None:
    def add(stack: Any) -> None:
        add_capacity(stack, "m7g.large")

    policy = synthesise(add).only("AWS::AutoScaling::AutoScalingGroup")["MixedInstancesPolicy"]
    assert policy["InstancesDistribution"] == {
        "OnDemandBaseCapacity": 1,
        "OnDemandPercentageAboveBaseCapacity": 60,
        "SpotAllocationStrategy": "price-capacity-optimized",
    }


def test_interfaces_are_trunked_before_the_first_instance_starts(cluster: Any) -> None:
    (setting,) = cluster.of("Custom::AccountSetting")
    (group,) = cluster.of("AWS::AutoScaling::AutoScalingGroup").values()
    assert setting in group["DependsOn"]
    call = json.loads(cluster.only("Custom::AccountSetting")["Update"])
    assert call["action"] == "putAccountSettingDefault"
    assert call["parameters"] == {"name": "awsvpcTrunking", "value": "enabled"}
    assert "Create" in cluster.only("Custom::AccountSetting")
    assert "Delete" not in cluster.only("Custom::AccountSetting")


def test_the_provider_s_name_is_fixed_because_services_remember_it(cluster: Any) -> None:
    assert cluster.only("AWS::ECS::CapacityProvider")["Name"] == "shop-local-ec2"


@pytest.mark.parametrize(
    ("instance_type", "image"),
    [("m7g.large", "amazon-linux-2023/arm64"), ("m7i.large", "amazon-linux-2023/recommended")],
)
def test_the_machine_image_fits_the_processor(
    synthesise: Any, instance_type: str, image: str
) -> None:
    resources = synthesise(lambda stack: add_capacity(stack, instance_type))
    defaults = [p["Default"] for p in resources.template["Parameters"].values()]
    assert any(image in default for default in defaults)


def test_instances_wake_before_the_services_and_go_after_them(synthesise: Any) -> None:
    """A lower bound is all that moves: what carries a task at night stays until ECS drains it."""
    opening, closing = scheduled(synthesise, days=("mon", "tue"), start="07:00", end="20:00")
    assert opening == {"Recurrence": "50 6 * * 1,2", "MinSize": 1, "TimeZone": "Europe/Dublin"}
    assert closing == {"Recurrence": "0 20 * * 1,2", "MinSize": 0, "TimeZone": "Europe/Dublin"}


def test_instances_for_hours_from_midnight_on_wake_the_day_before(synthesise: Any) -> None:
    opening, closing = scheduled(synthesise, days=("sun", "mon", "sat"), start="00:05", end="20:00")
    assert opening["Recurrence"] == "55 23 * * 0,5,6"
    assert closing["Recurrence"] == "0 20 * * 0,1,6"


def test_a_stack_update_at_night_wakes_no_instance(cluster: Any) -> None:
    (group,) = cluster.of("AWS::AutoScaling::AutoScalingGroup").values()
    assert group["UpdatePolicy"]["AutoScalingScheduledAction"] == {
        "IgnoreUnmodifiedGroupSizeProperties": True
    }


def test_where_no_instance_is_kept_no_schedule_is_needed(synthesise: Any) -> None:
    resources = synthesise(lambda stack: add_capacity(stack, "m7g.large", hours=hours()))
    assert not resources.of("AWS::AutoScaling::ScheduledAction")


def scheduled(synthesise: Any, **of_the_week: Any) -> list[Any]:
    def add(stack: Any) -> None:
        add_capacity(stack, "m7g.large", least=1, hours=hours(**of_the_week))

    resources = synthesise(add)
    group = {"Ref": resources.only_id("AWS::AutoScaling::AutoScalingGroup")}
    actions = [dict(each) for each in resources.each("AWS::AutoScaling::ScheduledAction")]
    assert [each.pop("AutoScalingGroupName") for each in actions] == [group, group]
    return sorted(actions, key=lambda each: -each["MinSize"])


def hours(days: Any = ("mon",), start: str = "07:00", end: str = "20:00") -> Any:
    from datetime import time

    from slipway_constructs.hours import Hours

    return Hours(
        days=days,
        start=time.fromisoformat(start),
        end=time.fromisoformat(end),
        time_zone="Europe/Dublin",
    )


def launch_template(cluster: Any) -> Any:
    return cluster.only("AWS::EC2::LaunchTemplate")["LaunchTemplateData"]


def add_capacity(stack: Any, instance_type: str, *, least: int = 0, hours: Any = None) -> None:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_ecs as ecs

    from slipway_constructs.capacity import Ec2Capacity

    vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0, restrict_default_security_group=False)
    capacity = Ec2Capacity(
        stack,
        "Ec2",
        cluster_name="shop-dev",
        capacity_provider_name="shop-dev-ec2",
        vpc=vpc,
        subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC),
        instance_types=[instance_type],
        min_instances=least,
        max_instances=2,
        on_demand_base=1,
        spot_percent=40,
        hours=hours,
    )
    ecs.Cluster(stack, "Cluster", vpc=vpc).add_asg_capacity_provider(capacity.capacity_provider)
