"""What carries releases when nobody watches: scaling resumed, new secrets released."""

from slipway_constructs.release_events.construct import ReleaseEvents

__all__ = ["ReleaseEvents"]
