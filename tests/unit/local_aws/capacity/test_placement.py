"""Where a task is placed, and why it can't be."""

from collections import Counter

import pytest

from slipway.local_aws.capacity.constraints import ConstraintError
from slipway.local_aws.capacity.placement import (
    SPREAD_OVER_ZONES,
    Requirements,
    Room,
    check_strategy,
    choose,
    explain,
    obstacle,
)


def room(name, *, zone="a", cpu=2048, memory=7782, interfaces=2, tasks=0, **attributes):
    known = {"ecs.availability-zone": zone, "ecs.cpu-architecture": "x86_64", **attributes}
    return Room(name, known, cpu, memory, interfaces, Counter({"service:web": tasks}))


def task(*strategy, **needs):
    return Requirements("service:web", strategy=strategy, **needs)


def place(rooms, wanted, count):
    """Place tasks one after the other; return the instances that took them."""
    chosen = []
    for _ in range(count):
        found = choose(wanted, rooms)
        found.take(wanted)
        chosen.append(found.id)
    return chosen


def test_spread_over_zones_fills_the_emptiest_zone_not_the_emptiest_instance():
    rooms = [room("a1", tasks=1), room("a2"), room("b1", zone="b", tasks=1, cpu=512)]
    wanted = task(*SPREAD_OVER_ZONES, cpu_units=256)
    rooms[1].groups["service:other"] = 5
    assert Counter(place(rooms, wanted, 2)).keys() <= {"a1", "a2", "b1"}
    zones = {item.id: item.attributes["ecs.availability-zone"] for item in rooms}
    counts = Counter()
    for item in rooms:
        counts[zones[item.id]] += item.groups["service:web"]
    assert counts == {"a": 2, "b": 2}


def test_spread_over_instances_takes_them_in_turn():
    rooms = [room("one"), room("two"), room("three")]
    assert sorted(place(rooms, task({"type": "spread", "field": "instanceId"}), 3)) == [
        "one",
        "three",
        "two",
    ]


@pytest.mark.parametrize(("resource", "fullest"), [("cpu", "one"), ("memory", "two")])
def test_binpack_takes_the_instance_with_the_least_left(resource, fullest):
    rooms = [room("one", cpu=512), room("two", memory=1024), room("three")]
    wanted = task({"type": "binpack", "field": resource}, cpu_units=256, memory_mib=512)
    assert choose(wanted, rooms).id == fullest


def test_strategies_narrow_in_the_order_given():
    rooms = [room("a", cpu=256), room("b1", zone="b", cpu=1024), room("b2", zone="b", cpu=512)]
    rooms[0].groups["service:web"] = 1
    wanted = task(
        *SPREAD_OVER_ZONES,
        {"type": "binpack", "field": "CPU"},
        cpu_units=256,
    )
    assert choose(wanted, rooms).id == "b2"


def test_instance_without_room_is_never_chosen():
    rooms = [room("full", cpu=128), room("empty")]
    wanted = task({"type": "binpack", "field": "cpu"}, cpu_units=256)
    assert choose(wanted, rooms).id == "empty"


@pytest.mark.parametrize(
    ("needs", "reason"),
    [
        ({"cpu_units": 4096}, "RESOURCE:CPU"),
        ({"memory_mib": 8192}, "RESOURCE:MEMORY"),
        ({"interfaces": 3}, "RESOURCE:ENI"),
        ({"architecture": "arm64"}, "ATTRIBUTE"),
        ({"zones": frozenset({"b"})}, "ATTRIBUTE"),
        (
            {"constraints": ({"type": "distinctInstance"},)},
            "DistinctInstance placement constraint unsatisfied.",
        ),
        (
            {
                "constraints": (
                    {"type": "memberOf", "expression": "attribute:ecs.instance-type =~ c5.*"},
                )
            },
            "MemberOf placement constraint unsatisfied.",
        ),
    ],
)
def test_obstacle_has_the_name_that_ecs_gives_it(needs, reason):
    assert obstacle(task(**needs), room("one", tasks=1)) == reason


def test_task_that_fits_meets_no_obstacle():
    wanted = task(cpu_units=2048, memory_mib=7782, interfaces=2, zones=frozenset({"a", "b"}))
    assert obstacle(wanted, room("one")) is None


def test_event_names_the_instance_that_came_closest():
    rooms = [room("arm", **{"ecs.cpu-architecture": "arm64"}), room("small", cpu=128)]
    told = explain(task(architecture="x86_64", cpu_units=256), rooms)
    assert told == (
        "The closest matching (container-instance small) has insufficient CPU units available."
    )
    told = explain(task(interfaces=1), [room("one", interfaces=0)])
    assert told.endswith('encountered error "RESOURCE:ENI".')
    assert "No Container Instances were found" in explain(task(), [])


def test_unknown_strategy_is_refused():
    with pytest.raises(ConstraintError, match="binpack by disk"):
        check_strategy([{"type": "binpack", "field": "disk"}])
    check_strategy([*SPREAD_OVER_ZONES, {"type": "random"}, {"type": "spread", "field": "host"}])
