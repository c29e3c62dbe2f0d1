"""Which image ran where after which execution: that what was proved is what went on."""

from __future__ import annotations

from html import escape

from slipway.rehearsal import elements
from slipway.rehearsal.pipeline.report import Digest, PipelineReport

_SHOWN = 12


def digests(report: PipelineReport) -> str:
    """Return a table: a line for each service after each execution, a column an environment."""
    environments = list(
        dict.fromkeys([*report.environments, *(each.environment for each in report.digests)])
    )
    lines: dict[tuple[str, str], dict[str, Digest]] = {}
    for each in report.digests:
        lines.setdefault((each.execution, each.service), {})[each.environment] = each
    rows = [
        (
            _execution(execution, report),
            escape(service),
            _commit(found),
            *(_image(found.get(environment)) for environment in environments),
            _same(found, environments),
        )
        for (execution, service), found in lines.items()
    ]
    if not rows:
        return elements.NOTHING
    return elements.table(("after", "service", "built from", *map(escape, environments), ""), rows)


def _execution(execution_id: str, report: PipelineReport) -> str:
    for number, execution in enumerate(report.executions, start=1):
        if execution.id == execution_id:
            return f'<a href="#execution-{number}">{number} {escape(execution.title)}</a>'
    return f"<code>{escape(execution_id)}</code>"


def _commit(found: dict[str, Digest]) -> str:
    commits = dict.fromkeys(each.commit[:8] for each in found.values() if each.commit)
    return ", ".join(f"<code>{escape(commit)}</code>" for commit in commits) or "—"


def _image(digest: Digest | None) -> str:
    """Show a digest by its beginning, and by a colour: the same colour is the same image."""
    if digest is None:
        return "—"
    value = digest.digest.removeprefix("sha256:")
    hue = int(value[:4], 16) % 360 if all(c in "0123456789abcdef" for c in value[:4]) else 0
    return (
        f'<i class="image" style="--hue:{hue}"></i><code title="{escape(digest.digest)}">'
        f"{escape(value[:_SHOWN])}</code><br>"
        f'<span class="muted">{escape(digest.revision)}</span>'
    )


def _same(found: dict[str, Digest], environments: list[str]) -> str:
    if len(environments) < 2 or len(found) < len(environments):
        return ""
    if len({digest.digest for digest in found.values()}) == 1:
        return elements.badge("the same image", good=True)
    return '<span class="badge muted">different images</span>'
