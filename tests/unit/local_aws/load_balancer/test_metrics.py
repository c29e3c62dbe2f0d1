"""Requests are counted under the names and dimensions of CloudWatch."""

from __future__ import annotations

from slipway.local_aws.load_balancer.metrics import RequestMetrics

LOAD_BALANCER = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/web/1a2b"
TARGET_GROUP = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/blue/3c4d"
BY_LOAD_BALANCER = (("LoadBalancer", "app/web/1a2b"),)
BY_TARGET_GROUP = (("TargetGroup", "targetgroup/blue/3c4d"), *BY_LOAD_BALANCER)


def taken(metrics: RequestMetrics) -> dict[tuple[str, object], tuple[float, float]]:
    return {
        (datum.name, datum.dimensions): (datum.value, datum.occurrences) for datum in metrics.take()
    }


def test_a_targets_answers_count_for_its_group_and_for_the_load_balancer() -> None:
    metrics = RequestMetrics()
    for _ in range(3):
        metrics.answered_by_target(LOAD_BALANCER, TARGET_GROUP, 502, 0.0204)
    counted = taken(metrics)
    for names in (BY_LOAD_BALANCER, BY_TARGET_GROUP):
        assert counted["RequestCount", names] == (1, 3)
        assert counted["HTTPCode_Target_5XX_Count", names] == (1, 3)
        assert counted["TargetResponseTime", names] == (0.02, 3)
    assert taken(metrics) == {}, "what was taken is not counted twice"


def test_errors_of_the_load_balancer_itself_are_not_the_targets() -> None:
    metrics = RequestMetrics()
    metrics.answered_here(LOAD_BALANCER, 503)
    assert set(taken(metrics)) == {
        ("RequestCount", BY_LOAD_BALANCER),
        ("HTTPCode_ELB_5XX_Count", BY_LOAD_BALANCER),
        ("HTTPCode_ELB_503_Count", BY_LOAD_BALANCER),
    }


def test_requests_that_a_target_refuses_count_for_its_group_too() -> None:
    metrics = RequestMetrics()
    metrics.unanswered_by_target(LOAD_BALANCER, TARGET_GROUP, connected=False)
    assert taken(metrics) == {
        ("TargetConnectionErrorCount", BY_LOAD_BALANCER): (1, 1),
        ("TargetConnectionErrorCount", BY_TARGET_GROUP): (1, 1),
        ("RequestCount", BY_TARGET_GROUP): (1, 1),
    }


def test_a_target_that_was_reached_and_did_not_answer_has_no_connection_error() -> None:
    metrics = RequestMetrics()
    metrics.unanswered_by_target(LOAD_BALANCER, TARGET_GROUP, connected=True)
    assert taken(metrics) == {("RequestCount", BY_TARGET_GROUP): (1, 1)}
