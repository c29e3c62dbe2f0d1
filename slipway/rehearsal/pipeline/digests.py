"""Which image ran where after which execution: that what was proved is what went on."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from slipway.page import elements
from slipway.rehearsal.pipeline.report import Digest, PipelineReport

_SHOWN = 10
_COMMIT = 8


def digests(report: PipelineReport) -> str:
    """Return a table for each execution: a line for each service, a column an environment."""
    environments = list(
        dict.fromkeys([*report.environments, *(each.environment for each in report.digests)])
    )
    groups: dict[str, list[Digest]] = {}
    for each in report.digests:
        groups.setdefault(each.execution, []).append(each)
    tables = [
        f'<h3>After {_execution(execution, report)}</h3><div class="ran">'
        f"{_table(found, environments)}</div>"
        for execution, found in groups.items()
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
        cells, before = [], None
        for environment in environments:
            cells.append(_image(ran.get(environment), before))
            before = ran.get(environment, before)
        rows.append((f"{escape(service)}<br>{_origin(ran.values())}", *cells))
    return elements.table(("service", *map(escape, environments)), rows)


def _origin(ran: Iterable[Digest]) -> str:
    commits = dict.fromkeys(each.commit[:_COMMIT] for each in ran if each.commit)
    if not commits:
        return ""
    names = ", ".join(f"<code>{escape(commit)}</code>" for commit in commits)
    return f'<span class="meta">built from {names}</span>'


def _image(digest: Digest | None, before: Digest | None) -> str:
    """Show a digest by its beginning, and by a colour: the same colour is the same image.

    Parameters
    ----------
    digest
        What ran in an environment.
    before
        What ran in the environment before it, which has proved it.
    """
    if digest is None:
        return "—"
    value = digest.digest.removeprefix("sha256:")
    revision = digest.revision.rpartition(":")[2]
    shown = (
        f'<i class="image" style="--hue:{_hue(value)}"></i><code title="{escape(digest.digest)}">'
        f'{escape(value[:_SHOWN])}</code><br><span class="meta" '
        f'title="{escape(digest.revision)}">revision {escape(revision)}</span>'
    )
    if before is None:
        return shown
    if digest.digest == before.digest:
        return f"{shown}<br>{elements.badge(f'as in {before.environment}', good=True)}"
    return f'{shown}<br><span class="badge muted">not as in {escape(before.environment)}</span>'


def _hue(digest: str) -> int:
    """Return a place on the wheel of colours, from 0 to 359."""
    return sum(digest.encode()) * 47 % 360
