"""A request for approval takes one answer, as long as somebody waits for it."""

import threading

import pytest

from slipway.local_aws.codepipeline.action import ActionAbandoned
from slipway.local_aws.codepipeline.errors import CodePipelineError
from slipway.local_aws.codepipeline.executions.approvals import Approval


def code_of(call, *arguments):
    with pytest.raises(CodePipelineError) as refusal:
        call(*arguments)
    return refusal.value.code


def test_the_answer_ends_the_wait():
    approval = Approval()
    approval.put(approval.token, "Approved", "fine")
    answer = approval.wait(threading.Event(), 10)
    assert (answer.status, answer.summary) == ("Approved", "fine")


def test_a_second_answer_and_a_wrong_token_are_refused():
    approval = Approval()
    assert code_of(approval.put, "other", "Approved", "") == "InvalidApprovalTokenException"
    approval.put(approval.token, "Rejected", "no")
    code = code_of(approval.put, approval.token, "Approved", "")
    assert code == "ApprovalAlreadyCompletedException"
    assert approval.wait(threading.Event(), 10).status == "Rejected"


def test_a_request_that_has_expired_takes_no_answer():
    approval = Approval()
    assert approval.wait(threading.Event(), 0) is None
    code = code_of(approval.put, approval.token, "Approved", "late")
    assert code == "ApprovalAlreadyCompletedException"


def test_a_request_that_is_abandoned_ends_the_wait_and_takes_no_answer():
    approval, abandoned = Approval(), threading.Event()
    abandoned.set()
    with pytest.raises(ActionAbandoned):
        approval.wait(abandoned, 10)
    code = code_of(approval.put, approval.token, "Approved", "late")
    assert code == "ApprovalAlreadyCompletedException"
