"""Channels of Slack and Microsoft Teams that hear what a topic is told.

Amazon Q Developer in chat applications, once called AWS Chatbot, carries it there. Somebody has to
let the account into the workspace, or the team, once and by hand: that is a sign-in with Slack or
Microsoft, which no template can do.
https://docs.aws.amazon.com/chatbot/latest/adminguide/getting-started.html
"""

from dataclasses import dataclass

from aws_cdk import aws_chatbot as chatbot
from constructs import Construct

from slipway_constructs.permissions import ServiceRole
from slipway_constructs.values import place

# Without a guardrail of its own a channel has AdministratorAccess as its guardrail.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-chatbot-slackchannelconfiguration.html
_GUARDRAIL = "policy/AWSDenyAll"


@dataclass(frozen=True, kw_only=True)
class SlackChannel:
    """A channel of Slack.

    Attributes
    ----------
    name
        What AWS calls it, once in an account.
    workspace, channel
        Slack's ids of both.
    """

    name: str
    workspace: str
    channel: str


@dataclass(frozen=True, kw_only=True)
class TeamsChannel:
    """A channel of Microsoft Teams.

    Attributes
    ----------
    name
        What AWS calls it, once in an account.
    tenant, team, channel
        Microsoft's ids of the three; the channel's as its link has it.
    """

    name: str
    tenant: str
    team: str
    channel: str


class ChatChannels(Construct):
    """Channels that hear, and can do nothing.

    From a chat people may also call AWS, as far as the channel's role and its guardrails let them.
    Here the role may do nothing, and the guardrail denies everything. So messages come without the
    graph of the metric: their links lead there.

    Parameters
    ----------
    scope, id_
        Where they live, and their name there.
    topic_arn
        The topic. That it is encrypted needs nothing here: SNS decrypts what it delivers, and
        subscribes each channel through a role of the service's own.
        https://docs.aws.amazon.com/chatbot/latest/adminguide/slr-permissions.html
    slack, teams
        The channels; None for none.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        topic_arn: str,
        slack: SlackChannel | None,
        teams: TeamsChannel | None,
    ) -> None:
        super().__init__(scope, id_)
        role = ServiceRole(
            self, "Role", service="chatbot.amazonaws.com", permissions=[], wildcards={}
        )
        guardrail = f"arn:{place(self)[0]}:iam::aws:{_GUARDRAIL}"
        if slack is not None:
            chatbot.CfnSlackChannelConfiguration(
                self,
                "Slack",
                configuration_name=slack.name,
                slack_workspace_id=slack.workspace,
                slack_channel_id=slack.channel,
                sns_topic_arns=[topic_arn],
                iam_role_arn=role.role_arn,
                guardrail_policies=[guardrail],
                logging_level="ERROR",
            )
        if teams is not None:
            chatbot.CfnMicrosoftTeamsChannelConfiguration(
                self,
                "Teams",
                configuration_name=teams.name,
                teams_tenant_id=teams.tenant,
                team_id=teams.team,
                teams_channel_id=teams.channel,
                sns_topic_arns=[topic_arn],
                iam_role_arn=role.role_arn,
                guardrail_policies=[guardrail],
                logging_level="ERROR",
            )
