"""What stops a release, and brings traffic back to blue."""

from __future__ import annotations

from slipway.diagram.alarms import Alarm
from slipway.diagram.canvas import Canvas, text_width
from slipway.diagram.heading import MARGIN
from slipway.diagram.story import Story

_REASONS = {
    "DEPLOYMENT_FAILURE": "a hook or a step fails",
    "DEPLOYMENT_STOP_ON_ALARM": "an alarm fires",
    "DEPLOYMENT_STOP_ON_REQUEST": "somebody stops it",
}
_HEAD = 44
_LINE = 24
_TEXT = 40
_COLUMNS = 2


def draw_stops(canvas: Canvas, found: Story, y: float, width: float) -> float:
    """Draw the card under a release, and return its lower edge."""
    alarms: dict[tuple[str, str], list[Alarm]] = {}
    for each in found.alarms:
        alarms.setdefault((each.name, each.fires), []).append(each)
    if not alarms and not found.rolls_back:
        return y - 14
    x, width = MARGIN, width - 2 * MARGIN
    rows = -(-len(alarms) // _COLUMNS)
    height = _HEAD + _LINE * rows + (6 if rows else 0)
    canvas.rect(x, y, width, height, "fill-red-tint", radius=12)
    with canvas.of(found.group.source, "What stops it"):
        canvas.glyph("back", x + 13, y + 12, "line-red", size=19)
        room = width - _TEXT - 14
        canvas.text(x + _TEXT, y + 27, _sentence(found), "strong text-ink", room=room)
    if rows:
        canvas.glyph("bell", x + 13, y + 45, "line-red", size=17)
    for number, group in enumerate(alarms.values()):
        left = x + _TEXT + (number % _COLUMNS) * (width - 50) / _COLUMNS
        _draw_alarm(canvas, group, left, y + 54 + _LINE * (number // _COLUMNS))
    return y + height


def _sentence(found: Story) -> str:
    reasons = [text for event, text in _REASONS.items() if event in found.rolls_back]
    if not reasons:
        return "Stopped by these alarms, without going back"
    *others, last = reasons
    when = f"{', '.join(others)} or {last}" if others else last
    return f"Back to blue when {when}"


def _draw_alarm(canvas: Canvas, alarms: list[Alarm], x: float, y: float) -> None:
    """Draw one condition, with a dot for each target group that it is watched for."""
    for number, each in enumerate(alarms):
        with canvas.of(each.resource.source, f"Alarm {each.colour} {each.name}"):
            canvas.circle(x + 5 + number * 14, y, 5, f"fill-{each.colour or 'violet'}")
    name = alarms[0].name
    canvas.text(x + 34, y + 4.5, name, "text-ink")
    canvas.text(x + 42 + text_width(name), y + 4.5, alarms[0].fires, "text-muted")
