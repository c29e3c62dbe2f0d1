"""Which image ran where after which execution: that what was proved is what went on."""

from __future__ import annotations

from html import escape
from itertools import groupby

from slipway.rehearsal import elements
from slipway.rehearsal.pipeline.report import Digest, PipelineReport

_SHOWN = 10
_COMMIT = 8


def digests(report: PipelineReport) -> str:
    """Return a table for each execution: a line for each service, a column an environment."""
    environments = list(
        dict.fromkeys([*report.environments, *(each.environment for each in report.digests)])
    )
    tables = [
        f'<h3>After {_execution(execution, report)}</h3><div class="ran">'
        f"{_table(list(found), environments)}</div>"
        for execution, found in groupby(report.digests, key=lambda each: each.execution)
    ]
    return "\n".join(tables) or elements.NOTHING


def _execution(execution_id: str, report: PipelineReport) -> str:
    for number, execution in enumerate(report.executions, start=1):
        if execution.id == execution_id:
            return f'<a href="#execution-{number}">{number} · {escape(execution.title)}</a>'
    return f"<code>{escape(execution_id)}</code>"


def _table(found: list[Digest], environments: list[str]) -> str:
    services = dict.fromkeys(each.service for each in found)
    rows = []
    for service in services:
        ran = {each.environment: each for each in found if each.service == service}
        first = next(ran[name] for name in environments if name in ran)
        cells = [_image(ran.get(environment), first) for environment in environments]
        rows.append((f"{escape(service)}<br>{_origin(first)}", *cells))
    return elements.table(("service", *map(escape, environments)), rows)


def _origin(digest: Digest) -> str:
    if not digest.commit:
        return ""
    return f'<span class="meta">built from <code>{escape(digest.commit[:_COMMIT])}</code></span>'


def _image(digest: Digest | None, first: Digest) -> str:
    """Show a digest by its beginning, and by a colour: the same colour is the same image."""
    if digest is None:
        return "—"
    value = digest.digest.removeprefix("sha256:")
    revision = digest.revision.rpartition(":")[2]
    shown = (
        f'<i class="image" style="--hue:{_hue(value)}"></i><code title="{escape(digest.digest)}">'
        f'{escape(value[:_SHOWN])}</code><br><span class="meta" '
        f'title="{escape(digest.revision)}">revision {escape(revision)}</span>'
    )
    if digest.environment == first.environment:
        return shown
    if digest.digest == first.digest:
        return f"{shown}<br>{elements.badge(f'as in {first.environment}', good=True)}"
    return f'{shown}<br><span class="badge muted">not as in {escape(first.environment)}</span>'


def _hue(digest: str) -> int:
    """Return a place on the wheel of colours, from 0 to 359."""
    return sum(digest.encode()) * 47 % 360
