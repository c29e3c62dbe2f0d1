"""Slipway: from a container to a production release on Amazon ECS."""

__version__ = "0.1.0"
