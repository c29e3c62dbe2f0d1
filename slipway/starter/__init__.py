"""What one starts from: a service that runs, an environment's file, each with its comments."""

from slipway.starter.environment import NewEnvironment
from slipway.starter.service import NewService

__all__ = ["NewEnvironment", "NewService"]
