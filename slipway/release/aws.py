"""The AWS services that a release talks to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config


@dataclass(frozen=True, kw_only=True)
class Aws:
    """The clients that a release needs, all of one account and region."""

    cloudformation: Any
    codedeploy: Any
    ecs: Any
    elbv2: Any
    logs: Any

    @classmethod
    def from_session(cls, session: boto3.Session) -> Aws:
        """Make the clients; botocore's standard retries absorb most throttling."""
        config = Config(
            connect_timeout=5, read_timeout=30, retries={"mode": "standard", "max_attempts": 6}
        )
        return cls(
            cloudformation=session.client("cloudformation", config=config),
            codedeploy=session.client("codedeploy", config=config),
            ecs=session.client("ecs", config=config),
            elbv2=session.client("elbv2", config=config),
            logs=session.client("logs", config=config),
        )
