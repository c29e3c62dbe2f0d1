"""Shells in running tasks: what a task needs so that ECS Exec can open one."""

from dataclasses import dataclass

from slipway_constructs.permissions import Permission


@dataclass(frozen=True, kw_only=True)
class ExecSessions:
    """The log group that keeps what happens in sessions, and the key that encrypts them.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
    """

    log_group_arn: str
    encryption_key_arn: str

    @property
    def permissions(self) -> list[Permission]:
        """Say what the task's role has to allow."""
        return [
            Permission(
                [
                    "logs:DescribeLogGroups",
                    "ssmmessages:CreateControlChannel",
                    "ssmmessages:CreateDataChannel",
                    "ssmmessages:OpenControlChannel",
                    "ssmmessages:OpenDataChannel",
                ],
                ["*"],
            ),
            Permission(
                ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                [self._log_streams],
            ),
            Permission(["kms:Decrypt"], [self.encryption_key_arn]),
        ]

    @property
    def wildcards(self) -> dict[str, str]:
        """Give the reason for each ``*`` of them."""
        return {
            "*": "ECS Exec: the four ssmmessages actions that open and keep a session take no "
            "resource, nor does logs:DescribeLogGroups. The service asked for it with "
            "execute_command; each session is logged to the cluster's encrypted log group.",
            self._log_streams: "The log streams of this one log group, in which each session is "
            "kept: a stream is named after its session and known only once that begins.",
        }

    @property
    def _log_streams(self) -> str:
        return f"{self.log_group_arn}:*"
