"""How many instances managed scaling wants."""

import pytest

from slipway.local_aws.capacity.placement import Requirements, Room
from slipway.local_aws.capacity.scaling import (
    ManagedScaling,
    missing_instances,
    wanted_instances,
)

PLAIN = ManagedScaling()


def room(name, *, zone="a", cpu=2048, interfaces=2):
    attributes = {"ecs.availability-zone": zone, "ecs.cpu-architecture": "x86_64"}
    return Room(name, attributes, cpu, 7782, interfaces)


def tasks(count, **needs):
    return [Requirements("service:web", **needs)] * count


@pytest.mark.parametrize(
    ("waiting", "missing"),
    [
        (tasks(0), 0),
        (tasks(1, cpu_units=1024), 1),
        (tasks(4, cpu_units=1024), 2),
        (tasks(5, cpu_units=256, interfaces=1), 3),
        (tasks(2, constraints=({"type": "distinctInstance"},)), 2),
    ],
)
def test_as_many_are_missing_as_the_waiting_tasks_fill(waiting, missing):
    fresh = [room(f"new {number}") for number in range(4)]
    assert missing_instances(waiting, [], fresh) == missing


def test_room_on_instances_that_are_there_is_used_first():
    assert missing_instances(tasks(3, cpu_units=1024), [room("one")], [room("new")]) == 1


def test_task_that_no_instance_could_carry_starts_none():
    assert missing_instances(tasks(1, cpu_units=4096), [], [room("new")]) == 0


def test_never_more_than_the_group_may_start():
    assert missing_instances(tasks(9, cpu_units=2048), [], [room("one"), room("two")]) == 2


def test_zone_that_a_task_needs_is_reached_in_the_groups_order():
    fresh = [room("a", zone="a"), room("b", zone="b")]
    assert missing_instances(tasks(1, zones=frozenset({"b"})), [], fresh) == 2


def test_counting_leaves_the_rooms_as_they_are():
    fresh = [room("new")]
    missing_instances(tasks(1, cpu_units=1024), fresh, fresh)
    assert fresh[0].cpu_units == 2048


@pytest.mark.parametrize(
    ("settings", "numbers", "wanted"),
    [
        (PLAIN, {"occupied": 0, "missing": 0, "there": 0}, 0),
        # From nothing ECS starts two (aws/containers-roadmap#1716).
        (PLAIN, {"occupied": 0, "missing": 1, "there": 0}, 2),
        (PLAIN, {"occupied": 1, "missing": 1, "there": 1}, 2),
        (PLAIN, {"occupied": 2, "missing": 0, "there": 3}, 2),
        (ManagedScaling(target_percent=50), {"occupied": 2, "missing": 0, "there": 2}, 4),
        (ManagedScaling(least_step=3), {"occupied": 1, "missing": 1, "there": 1}, 4),
        (ManagedScaling(largest_step=1), {"occupied": 1, "missing": 5, "there": 1}, 2),
    ],
)
def test_desired_capacity_follows_the_tasks(settings, numbers, wanted):
    assert wanted_instances(settings, **numbers) == wanted


def test_settings_of_a_template_may_be_text():
    managed = {"status": "ENABLED", "targetCapacity": "80"}
    provider = {"autoScalingGroupProvider": {"managedScaling": managed}}
    assert ManagedScaling.of(provider) == ManagedScaling(target_percent=80)
    assert ManagedScaling.of(None) is None
