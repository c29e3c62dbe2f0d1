"""Channels that hear, and can do nothing."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from slipway_constructs.chat import ChatChannels, SlackChannel, TeamsChannel

SLACK = SlackChannel(name="shop-dev-slack", workspace="T0123ABCD", channel="C0123ABCD")
TEAMS = TeamsChannel(
    name="shop-dev-teams", tenant="tenant", team="team", channel="19%3Aab12%40thread.tacv2"
)
TOPIC = "arn:aws:sns:eu-west-1:111111111111:shop-dev-notifications"
KINDS = {
    "AWS::Chatbot::SlackChannelConfiguration",
    "AWS::Chatbot::MicrosoftTeamsChannelConfiguration",
}


def resources(**channels: Any) -> dict[str, list[Any]]:
    """The properties of the resources, by type."""
    app = cdk.App()
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="1" * 12, region="eu-west-1"))
    ChatChannels(stack, "Chat", topic_arn=TOPIC, **({"slack": None, "teams": None} | channels))
    found: dict[str, list[Any]] = {}
    for resource in Template.from_stack(stack).to_json()["Resources"].values():
        found.setdefault(resource["Type"], []).append(resource["Properties"])
    return found


@pytest.mark.parametrize(
    "channels", [{"slack": SLACK}, {"teams": TEAMS}, {"slack": SLACK, "teams": TEAMS}]
)
def test_a_channel_hears_the_topic_and_may_do_nothing(channels: dict[str, Any]) -> None:
    """Without a guardrail of its own a channel would have AdministratorAccess as its guardrail."""
    found = resources(**channels)
    configurations = [each for kind in KINDS for each in found.get(kind, [])]
    assert len(configurations) == len(channels)
    for each in configurations:
        assert each["SnsTopicArns"] == [TOPIC]
        (guardrail,) = each["GuardrailPolicies"]
        assert guardrail["Fn::Join"][1][-1] == ":iam::aws:policy/AWSDenyAll"
    (role,) = found["AWS::IAM::Role"]
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {
        "Service": "chatbot.amazonaws.com"
    }
    assert not role.keys() & {"ManagedPolicyArns", "Policies"}
    assert "AWS::IAM::ManagedPolicy" not in found
    assert "AWS::IAM::Policy" not in found


def test_each_is_told_by_its_own_ids() -> None:
    found = resources(slack=SLACK, teams=TEAMS)
    (slack,) = found["AWS::Chatbot::SlackChannelConfiguration"]
    assert (slack["SlackWorkspaceId"], slack["SlackChannelId"]) == ("T0123ABCD", "C0123ABCD")
    (teams,) = found["AWS::Chatbot::MicrosoftTeamsChannelConfiguration"]
    assert (teams["TeamsTenantId"], teams["TeamId"]) == ("tenant", "team")
    assert teams["TeamsChannelId"] == "19%3Aab12%40thread.tacv2"
