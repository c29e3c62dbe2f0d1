"""Sessions of ECS Exec: processes in running tasks, each with a channel of its own."""

from slipway.local_aws.ecs.sessions.api import ExecuteCommand

__all__ = ["ExecuteCommand"]
