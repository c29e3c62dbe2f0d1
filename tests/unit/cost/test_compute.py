"""Tasks and instances: what runs where, for how long."""

from decimal import Decimal

import pytest

from slipway.cost import assumptions, estimate, price_table

OVERRIDES = [{"InstanceType": "m6i.large"}, {"InstanceType": "m5.large"}]


@pytest.fixture
def lines(inventory):
    """Estimate some resources: the quantities of each line."""

    def of(resources, outputs=None):
        found = estimate(
            "it", inventory(resources, outputs), price_table("eu-west-1"), assumptions()
        )
        return {line.counted: (line.quantity_low, line.quantity_high) for line in found.lines}

    return of


def service(strategy, **definition):
    return {
        "Service": (
            "ECS::Service",
            {"TaskDefinition": "it", "DesiredCount": 4, "CapacityProviderStrategy": strategy},
        ),
        "Definition": (
            "ECS::TaskDefinition",
            {"Family": "it", "Cpu": "1024", "Memory": "2048", **definition},
        ),
    }


def share(provider: str, weight: int, base: int = 0):
    return {"CapacityProvider": provider, "Weight": weight, "Base": base}


def group(**properties):
    policy = {
        "LaunchTemplate": {"Overrides": OVERRIDES},
        "InstancesDistribution": properties.pop("distribution", {}),
    }
    return (
        "AutoScaling::AutoScalingGroup",
        {"MinSize": "1", "MaxSize": "4", "MixedInstancesPolicy": policy, **properties},
    )


def test_bases_are_filled_before_weights_count(lines) -> None:
    found = lines(service([share("FARGATE", 1, base=1), share("FARGATE_SPOT", 2)]))
    assert found["Fargate vCPU"][0] == (1 + 1) * 730
    assert found["Fargate Spot vCPU"][0] == 2 * 730


def test_arm_tasks_have_prices_of_their_own(inventory) -> None:
    resources = service([share("FARGATE", 1)], RuntimePlatform={"CpuArchitecture": "ARM64"})
    found = estimate("it", inventory(resources), price_table("eu-west-1"), assumptions())
    assert {line.price for line in found.lines} == {
        "fargate.arm64.vcpu-hour",
        "fargate.arm64.gb-hour",
    }


def test_twenty_gigabytes_of_storage_are_free(lines) -> None:
    assert "Fargate storage" not in lines(service([share("FARGATE", 1)]))
    found = lines(service([share("FARGATE", 1)], EphemeralStorage={"SizeInGiB": 50}))
    assert found["Fargate storage"][0] > 30 * 4 * 730


def test_what_the_next_release_runs_on_counts_and_not_what_the_service_was_made_with(lines) -> None:
    output = (
        '{"capacityProviderStrategy":[{"capacityProvider":"FARGATE_SPOT","base":0,"weight":1}]}'
    )
    found = lines(
        service([share("FARGATE", 1)]),
        {"ReleaseInputs": {"Value": {"Fn::Join": ["", [output, {"Ref": "Else"}]]}}},
    )
    assert "Fargate vCPU" not in found
    assert found["Fargate Spot vCPU"][0] == 4 * 730


def test_on_demand_instances_are_the_first_of_the_list(lines) -> None:
    assert lines({"Group": group()}) == {"m6i.large On-Demand": (730, 4 * 730)}


def test_a_part_of_the_instances_is_spot(lines) -> None:
    found = lines({"Group": group(distribution={"OnDemandPercentageAboveBaseCapacity": 25})})
    assert found == {
        "m6i.large On-Demand": (730 * Decimal("0.25"), 730),
        "m6i.large Spot, as On-Demand": (
            730 * Decimal("0.75") * Decimal("0.35"),
            4 * 730 * Decimal("0.75") * Decimal("0.6"),
        ),
    }


def test_instances_hold_the_fewest_tasks_whatever_the_group_s_minimum(lines) -> None:
    provider = {
        "AutoScalingGroupProvider": {"AutoScalingGroupArn": {"Ref": "Group"}},
        "Name": "ec2",
    }
    found = lines(
        {
            # Five tasks of one vCPU: an m6i.large has two.
            **service([share("ec2", 1)]),
            "Group": group(MinSize="0"),
            "Provider": ("ECS::CapacityProvider", provider),
        }
    )
    assert found["m6i.large On-Demand"] == (2 * 730, 4 * 730)


def action(recurrence: str, **limits: int):
    named = {"AutoScalingGroupName": {"Ref": "Group"}, "Recurrence": recurrence}
    return ("AutoScaling::ScheduledAction", {**named, **limits})


def test_a_group_s_own_schedule_counts(lines) -> None:
    found = lines(
        {
            "Group": group(),
            "Open": action("0 7 * * *", MinSize=2, MaxSize=2),
            "Close": action("0 19 * * *", MinSize=0, MaxSize=0),
        }
    )
    assert found["m6i.large On-Demand"] == (730, 730)


def test_instances_stay_no_longer_than_tasks_but_for_the_group_s_minimum(lines) -> None:
    """Half of each day tasks may run, for which an instance is there an hour earlier."""

    def hours(schedule: str, limit: int):
        limits = {"MinCapacity": limit, "MaxCapacity": limit}
        return {"Schedule": schedule, "ScalableTargetAction": limits}

    target = {
        "MinCapacity": 1,
        "MaxCapacity": 1,
        "ResourceId": {"Fn::Join": ["/", ["service", {"Ref": "Service"}]]},
        "ScheduledActions": [hours("cron(0 7 * * ? *)", 1), hours("cron(0 19 * * ? *)", 0)],
    }
    of_group = {"AutoScalingGroupArn": {"Ref": "Group"}}
    found = lines(
        {
            **service([share("ec2", 1)]),
            "Target": ("ApplicationAutoScaling::ScalableTarget", target),
            "Group": group(MinSize="0"),
            "Provider": (
                "ECS::CapacityProvider",
                {"AutoScalingGroupProvider": of_group, "Name": "ec2"},
            ),
            "Open": action("0 6 * * *", MinSize=1),
            "Close": action("0 19 * * *", MinSize=0),
        }
    )
    low, high = found["m6i.large On-Demand"]
    assert round(low * 24 / 730, 6) == 13
    assert round(high * 24 / 730, 6) == 12 * 4 + 1


def test_container_insights_that_is_off_costs_nothing(lines) -> None:
    assert lines({"Cluster": ("ECS::Cluster", {})}) == {}
