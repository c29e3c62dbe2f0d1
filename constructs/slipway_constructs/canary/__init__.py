"""A canary: somebody outside who asks a service for a page, again and again."""

from slipway_constructs.canary.construct import Canary, canary_alarm_name

__all__ = ["Canary", "canary_alarm_name"]
