"""The bound on failed requests: what chance may bring about, and not one more."""

import pytest

from faults.requests import Blame, allowance, count, shares
from faults.weights import Sample
from slipway.rehearsal.load_generator import Answer


def answer(start, *, status=200, latency_ms=10.0, revision="shop:1"):
    return Answer(start, latency_ms, "/", status, None, revision, None)


def samples(*changes):
    """Look once a second; a change is a moment and green's share from then on."""
    found = []
    for second in range(20):
        percent = [percent for moment, percent in changes if moment <= second][-1]
        found.append(Sample(second, second + 0.01, {"green": percent, "blue": 100 - percent}))
    return found


SHIFTED = samples((0, 0), (5, 30), (10, 0))


def test_without_traffic_on_the_side_at_fault_nothing_may_fail():
    assert allowance([0.0] * 1000) == 0
    assert allowance([]) == 0


def test_with_all_the_traffic_there_everything_may_fail():
    assert allowance([1.0] * 7) == 7


@pytest.mark.parametrize(
    ("requests", "share", "least", "most"), [(100, 0.3, 30, 55), (40, 0.1, 4, 17)]
)
def test_the_bound_is_the_share_and_what_chance_may_add(requests, share, least, most):
    assert least < allowance([share] * requests) <= most


def test_a_request_counts_with_the_share_while_it_was_under_way():
    answers = [answer(2.5), answer(7.5), answer(4.5, latency_ms=1000.0), answer(14.5)]
    assert shares(answers, SHIFTED, Blame("green")) == [0.0, 0.3, 0.3, 0.0]


def test_a_change_between_two_looks_counts_from_the_first_to_the_one_after():
    assert shares([answer(4.5), answer(10.5)], SHIFTED, Blame("green")) == [0.3, 0.3]


def test_blame_ends():
    blame = Blame("blue", begin=6.0, end=7.0)
    assert shares([answer(5.5), answer(6.5), answer(8.0)], SHIFTED, blame) == [0.0, 0.7, 0.0]


def test_a_failure_outside_the_window_is_counted_apart():
    answers = [answer(7.5, status=500), answer(15.5, status=503, revision=None), answer(16.0)]
    seen = count(answers, SHIFTED, Blame("green"), last_second=16.0)
    assert (seen.sent, seen.failed, seen.outside) == (3, 2, 1)
    assert seen.revisions == ("shop:1",)
    assert seen.seconds == pytest.approx(8.01)


def test_nobody_to_blame_means_that_each_failure_is_outside():
    seen = count([answer(7.5, status=None)], SHIFTED, None, last_second=0)
    assert (seen.failed, seen.outside, seen.allowed) == (1, 1, 0)
