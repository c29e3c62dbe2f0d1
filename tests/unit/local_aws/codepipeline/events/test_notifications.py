"""What notification rules ask for, and what they send."""

from datetime import UTC, datetime

import pytest

from slipway.local_aws.codepipeline.events.notifications import Happening, Rule

PROPERTIES = {
    "Resource": "arn:aws:codepipeline:eu-west-1:111111111111:shop",
    "EventTypeIds": ["codepipeline-pipeline-pipeline-execution-failed"],
    "Targets": [{"TargetType": "SNS", "TargetAddress": "arn:topic"}],
}
FAILED = Happening(
    "111111111111",
    "eu-west-1",
    "shop",
    "pipeline-execution-failed",
    {"execution-id": "1", "state": "FAILED"},
    {"failedStage": "Prod"},
)
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_a_full_rule_sends_why():
    message = FAILED.message(Rule.parse("arn:rule", PROPERTIES), NOW)
    assert message["detail"] == {"pipeline": "shop", "execution-id": "1", "state": "FAILED"}
    assert message["detailType"] == "CodePipeline Pipeline Execution State Change"
    assert message["additionalAttributes"] == {"failedStage": "Prod"}
    assert message["resources"] == [PROPERTIES["Resource"]]
    assert message["time"] == "2026-01-02T03:04:05Z"


def test_a_basic_rule_does_not():
    rule = Rule.parse("arn:rule", {**PROPERTIES, "DetailType": "BASIC"})
    assert "additionalAttributes" not in FAILED.message(rule, NOW)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"EventTypeIds": ["codepipeline-pipeline-stage-execution-skipped"]}, "no event"),
        ({"Targets": [{"TargetType": "AWSChatbotSlack", "TargetAddress": "x"}]}, "Slack"),
    ],
)
def test_what_is_not_carried_out_is_refused(changed, reason):
    with pytest.raises(ValueError, match=reason):
        Rule.parse("arn:rule", {**PROPERTIES, **changed})
