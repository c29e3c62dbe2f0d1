"""Who is told of something, as the settings name them."""

from typing import Any

from slipway.settings import Names, PipelineNames
from slipway.settings.notifications import Notifications
from slipway_constructs.chat import SlackChannel, TeamsChannel


def told(notifications: Notifications, names: Names | PipelineNames) -> dict[str, Any]:
    """Give what a topic's construct takes of who is told: ``email``, ``slack`` and ``teams``."""
    slack, teams = notifications.slack, notifications.teams
    return {
        "email": notifications.email,
        "slack": slack
        and SlackChannel(
            name=names.slack_channel, workspace=slack.workspace, channel=slack.channel
        ),
        "teams": teams
        and TeamsChannel(
            name=names.teams_channel,
            tenant=teams.tenant,
            team=teams.team,
            channel=teams.channel,
        ),
    }
