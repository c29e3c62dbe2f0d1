"""The report of one release: what was seen of it, as a page for people and as JSON for machines.

It is written whatever became of the release, also when nobody followed it to its end.
"""

from slipway.report.publication import publish
from slipway.report.record import Outcome, ReleaseReport
from slipway.report.recorder import Recorder

__all__ = ["Outcome", "Recorder", "ReleaseReport", "publish"]
