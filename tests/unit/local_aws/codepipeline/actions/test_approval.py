"""Requests for approval, and how long they stay open."""

from datetime import UTC, datetime

import pytest

from slipway.local_aws.clock import Clock
from slipway.local_aws.codepipeline.action import ActionAbandoned, ActionFailed, ActionType
from slipway.local_aws.codepipeline.actions.approval import ManualApproval, request_message

MANUAL = ActionType("Approval", "Manual")
HURRIED = Clock(scale=1e-9, patience=0.001)


def test_the_request_says_what_the_documented_one_says(run_of):
    run = run_of(MANUAL, {"CustomData": "look", "ExternalEntityLink": "https://example.com"})
    message = request_message(run, "token", datetime(2026, 1, 2, 3, 4, tzinfo=UTC))
    review = "https://console.aws.amazon.com/codepipeline/home?region=eu-west-1#/view/shop"
    assert message == {
        "region": "eu-west-1",
        "consoleLink": review,
        "approval": {
            "pipelineName": "shop",
            "stageName": "Work",
            "actionName": "Act",
            "token": "token",
            "expires": "2026-01-02T03:04Z",
            "externalEntityLink": "https://example.com",
            "approvalReviewLink": f"{review}/Work/Act/approve/token",
            "customData": "look",
        },
    }


@pytest.mark.parametrize(("minutes", "words"), [(None, "within 7 days"), (30, "within 30 minutes")])
def test_what_nobody_answers_fails_in_the_end(run_of, minutes, words):
    run = run_of(MANUAL, {}, clock=HURRIED, timeout_minutes=minutes)
    with pytest.raises(ActionFailed, match=words):
        ManualApproval().run(run)


def test_an_execution_that_is_stopped_waits_for_nobody(run_of):
    run = run_of(MANUAL, {}, clock=Clock())
    run.abandoned.set()
    with pytest.raises(ActionAbandoned):
        ManualApproval().run(run)
