"""Who is told of something."""

import re

from pydantic import field_validator

from slipway.settings.errors import RuleError
from slipway.settings.model import Model, refuse_repeats

# What the API of Amazon Q Developer in chat applications (once AWS Chatbot) takes.
# https://docs.aws.amazon.com/chatbot/latest/APIReference/API_CreateSlackChannelConfiguration.html
_SLACK_WORKSPACE = re.compile("[0-9A-Z]{1,255}")
_SLACK_CHANNEL = re.compile("[0-9A-Za-z]{1,255}")
# https://docs.aws.amazon.com/chatbot/latest/APIReference/API_CreateMicrosoftTeamsChannelConfiguration.html
_TEAMS_ID = re.compile("[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_TEAMS_CHANNEL = re.compile(r"[-\w=+/.,]*%3[aA][-\w=+/.,]*%40[-\w=+/.,]*", re.ASCII)
_LONGEST_TEAMS_CHANNEL = 256


class SlackChannel(Model):
    """A channel of Slack, in a workspace that somebody has let this AWS account into."""

    workspace: str
    """The workspace's id, which the console of Amazon Q Developer shows, such as T0123ABCD."""
    channel: str
    """The channel's id, the end of its link, such as C0123ABCD."""

    @field_validator("workspace")
    @classmethod
    def _a_workspace(cls, workspace: str) -> str:
        if not _SLACK_WORKSPACE.fullmatch(workspace):
            raise RuleError(
                "must be the id of a workspace, upper-case letters and digits such as T0123ABCD, "
                f"not {workspace!r:.60}"
            )
        return workspace

    @field_validator("channel")
    @classmethod
    def _a_channel(cls, channel: str) -> str:
        if not _SLACK_CHANNEL.fullmatch(channel):
            raise RuleError(
                "must be the id of a channel, letters and digits such as C0123ABCD, "
                f"not {channel!r:.60}"
            )
        return channel


class TeamsChannel(Model):
    """A channel of Microsoft Teams, in a team that somebody has let this AWS account into."""

    tenant: str
    """The tenant's id, which the console of Amazon Q Developer shows."""
    team: str
    """The team's id, from the same place."""
    channel: str
    """The channel's id as its link has it, such as 19%3Aab12%40thread.tacv2."""

    @field_validator("tenant", "team")
    @classmethod
    def _an_id(cls, identity: str) -> str:
        if not _TEAMS_ID.fullmatch(identity):
            raise RuleError(
                f"must be an id such as 01234567-89ab-cdef-0123-456789abcdef, not {identity!r:.60}"
            )
        return identity

    @field_validator("channel")
    @classmethod
    def _a_channel(cls, channel: str) -> str:
        if not _TEAMS_CHANNEL.fullmatch(channel) or len(channel) > _LONGEST_TEAMS_CHANNEL:
            raise RuleError(
                "must be the id of a channel as its link has it, such as "
                f"19%3Aab12%40thread.tacv2, not {channel!r:.60}"
            )
        return channel


class Notifications(Model):
    """Who is told."""

    email: tuple[str, ...] = ()
    """E-mail addresses; AWS asks each to confirm before it sends anything else."""
    slack: SlackChannel | None = None
    """A channel of Slack."""
    teams: TeamsChannel | None = None
    """A channel of Microsoft Teams."""

    @field_validator("email")
    @classmethod
    def _addresses(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        for index, address in enumerate(addresses):
            if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", address):
                raise RuleError(
                    f"must be an e-mail address, such as team@example.com, not {address!r:.60}",
                    at=(index,),
                )
        refuse_repeats(addresses)
        return addresses
