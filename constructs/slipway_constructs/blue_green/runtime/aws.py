"""Clients of AWS whose calls end well before a hook's deadline."""

from typing import Any

import boto3
from botocore.config import Config

# botocore waits a minute for a connection. Where a VPC endpoint is missing, that would use up a
# hook's time before it could say so. The "standard" mode retries throttled calls.
_PROMPT = Config(
    connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 5}
)


def client(service: str, region: str | None = None) -> Any:
    """Return a boto3 client of `service`, in the function's own region unless one is named."""
    return boto3.client(service, region_name=region, config=_PROMPT)
