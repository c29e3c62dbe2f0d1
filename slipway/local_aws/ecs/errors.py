"""How an operation of ECS refuses."""

from __future__ import annotations

from slipway.local_aws.json_api import ApiError


class EcsError(ApiError):
    """A request that ECS refuses."""
