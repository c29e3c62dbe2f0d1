from slipway.local_aws.clock import Clock
from slipway.local_aws.queues import invisible_seconds


def test_messages_come_again_in_this_machine_s_time() -> None:
    assert invisible_seconds(Clock(0.01), 600) == 6


def test_a_function_has_time_to_answer_however_fast_the_clock_runs() -> None:
    assert invisible_seconds(Clock(0.001), 30) == 3


def test_a_message_that_is_given_back_comes_again_at_once() -> None:
    assert invisible_seconds(Clock(0.01), 0) == 0
