"""A canary: somebody outside who asks a service for a page, again and again."""

from slipway_constructs.canary.construct import Canary

__all__ = ["Canary"]
