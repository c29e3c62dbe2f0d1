"""Health follows thresholds, and only healthy targets get requests."""

from __future__ import annotations

import time

import pytest

from slipway.local_aws.load_balancer.targets import CheckResult, HealthCheck, Target, TargetGroup

CHECK = HealthCheck(healthy_threshold=3, unhealthy_threshold=2, matcher="200-299,404")
SUCCESS = CheckResult(True)
FAILURE = CheckResult.of_status(CHECK, 500)


def group_of(*ports: int) -> TargetGroup:
    group = TargetGroup("group", CHECK, load_balancers=frozenset({"load-balancer"}))
    group.set_registered(("127.10.0.1", port) for port in ports)
    return group


def observe(target: Target, *results: CheckResult) -> str:
    for result in results:
        target.observe(result, CHECK)
    return target.state


@pytest.mark.parametrize(
    ("status", "accepted"), [(200, True), (299, True), (300, False), (404, True), (500, False)]
)
def test_the_matcher_knows_codes_and_ranges(status: int, accepted: bool) -> None:
    assert CHECK.accepts(status) is accepted


def test_a_new_target_is_healthy_after_one_success() -> None:
    assert observe(Target("a", 1), SUCCESS) == "healthy"


def test_a_new_target_is_unhealthy_after_the_threshold_only() -> None:
    target = Target("a", 1)
    assert observe(target, FAILURE) == "initial"
    assert observe(target, FAILURE) == "unhealthy"
    assert target.reason == "Target.ResponseCodeMismatch"
    assert target.description == "Health checks failed with these codes: [500]"


def test_a_new_target_has_time_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    check = HealthCheck(unhealthy_threshold=2, start_seconds=60)
    target, now = Target("a", 1), time.monotonic()
    for _ in range(5):
        target.observe(CheckResult.refused(), check)
    assert target.state == "initial"
    monkeypatch.setattr(time, "monotonic", lambda: now + 61)
    target.observe(CheckResult.refused(), check)
    assert target.state == "unhealthy"


def test_one_failure_among_successes_changes_nothing() -> None:
    target = Target("a", 1)
    assert observe(target, SUCCESS, FAILURE, SUCCESS, FAILURE) == "healthy"


def test_an_unhealthy_target_comes_back_after_consecutive_successes() -> None:
    target = Target("a", 1)
    observe(target, FAILURE, FAILURE)
    assert observe(target, SUCCESS, SUCCESS, FAILURE, SUCCESS, SUCCESS) == "unhealthy"
    assert observe(target, SUCCESS) == "healthy"
    assert target.reason == ""


def test_healthy_targets_take_turns() -> None:
    group = group_of(1, 2, 3)
    for target in group.targets.values():
        observe(target, SUCCESS)
    picked = [target.port for target in (group.pick() for _ in range(6)) if target]
    assert sorted(picked[:3]) == [1, 2, 3]
    assert picked[3:] == picked[:3]


def test_new_targets_get_nothing_and_unhealthy_ones_only_when_nobody_is_healthy() -> None:
    group = group_of(1, 2)
    assert group.pick() is None
    one, two = group.targets.values()
    observe(one, FAILURE, FAILURE)
    assert group.pick() is one
    observe(two, SUCCESS)
    assert all(group.pick() is two for _ in range(4))


def test_a_target_that_is_deregistered_drains_until_its_requests_are_done() -> None:
    group = group_of(1, 2)
    for target in group.targets.values():
        observe(target, SUCCESS)
    group.deregistration_delay_seconds = 0
    leaving = group.targets["127.10.0.1", 1]
    leaving.in_flight = 1
    group.set_registered([("127.10.0.1", 2)])
    assert group.health_of(leaving)[:2] == ("draining", "Target.DeregistrationInProgress")
    assert {target.port for target in (group.pick() for _ in range(4)) if target} == {2}
    assert len(group.current()) == 2
    leaving.in_flight = 0
    assert [target.port for target in group.current()] == [2]


def test_a_draining_target_that_is_registered_again_starts_anew() -> None:
    group = group_of(1)
    target = group.targets["127.10.0.1", 1]
    observe(target, SUCCESS)
    group.set_registered([])
    group.set_registered([("127.10.0.1", 1)])
    assert group.health_of(target)[:2] == ("initial", "Elb.RegistrationInProgress")


def test_targets_of_a_group_that_nothing_forwards_to_are_unused() -> None:
    group = group_of(1)
    group.set_load_balancers([])
    assert group.health_of(group.targets["127.10.0.1", 1])[:2] == ("unused", "Target.NotInUse")


def test_targets_are_checked_anew_when_their_group_comes_back_into_use() -> None:
    group = group_of(1)
    target = group.targets["127.10.0.1", 1]
    observe(target, SUCCESS)
    group.set_load_balancers(["load-balancer", "another"])
    assert target.state == "healthy", "it was in use all along"
    group.set_load_balancers([])
    group.set_load_balancers(["load-balancer"])
    assert target.state == "initial"


def test_a_group_that_is_gone_keeps_no_connection() -> None:
    """A request may end after its group: its connection is closed, not kept for the next one."""
    group = TargetGroup("group")
    (target,) = group.set_registered([("127.0.0.1", 80)])
    group.forget_all()
    assert group.targets == {}
    assert target.draining
