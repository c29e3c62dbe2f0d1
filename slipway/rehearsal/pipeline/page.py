"""The rehearsal of the pipeline as a page that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from string import Template

from slipway.page import elements
from slipway.page.document import document
from slipway.rehearsal import parts
from slipway.rehearsal.pipeline import artifacts, overview, picture
from slipway.rehearsal.pipeline.digests import digests
from slipway.rehearsal.pipeline.outcome import State, commit_message, reason, state
from slipway.rehearsal.pipeline.report import EnvironmentDeployment, Execution, PipelineReport
from slipway.rehearsal.traffic import Traffic

_SECTIONS = Path(__file__).with_name("report.html")
_STYLE = Path(__file__).with_name("report.css")

# Around a release: how clients fared just before and after it.
_MARGIN = timedelta(seconds=3)


def render(report: PipelineReport) -> str:
    """Return ``report.html``."""
    pipeline = report.pipeline or "the pipeline"
    return document(
        title=f"Rehearsal of {pipeline}: {report.status}",
        over=f"The pipeline, run on this machine · {report.started_at:%d %B %Y, %H:%M} UTC",
        heading=f"The rehearsal of {escape(pipeline)} "
        f'<em class="{report.status}">{report.status}</em>',
        summary=summarise(report),
        notices=f"{elements.error(report.error)}\n{_broken(report)}",
        figures=_figures(report),
        sections=Template(_SECTIONS.read_text(encoding="utf-8")).substitute(
            lines=overview.lines(report),
            run=overview.run(report),
            legend=picture.LEGEND,
            executions="\n".join(
                _execution(number, execution, report)
                for number, execution in enumerate(report.executions, start=1)
            ),
            digests=digests(report),
            environments="\n".join(_environments(report)) or elements.NOTHING,
            checks=parts.checks(report.checks),
        ),
        style=parts.style() + _STYLE.read_text(encoding="utf-8"),
        look="pipeline",
    )


def summarise(report: PipelineReport) -> str:
    """Say in one or two sentences what happened."""
    if not report.executions:
        return "The rehearsal ended before the pipeline was started."
    states = [state(execution) for execution in report.executions]
    ended = [
        f"{count} {word}"
        for word, among in _ENDS.items()
        if (count := sum(each in among for each in states))
    ]
    as_meant = ", each as it had to" if report.status == "passed" else ""
    sentence = f"Of {_counted(len(states), 'execution')} {', '.join(ended)}{as_meant}."
    traffic = list(report.traffic.values())
    if requests := sum(each.requests for each in traffic):
        failed = sum(each.failed for each in traffic)
        where = " and ".join(report.traffic)
        sentence += (
            f" Of {requests:,} requests to {report.service} in {where} {failed or 'none'} failed."
        )
    if broken := sum(not check.passed for check in report.checks):
        sentence += f" Of {_counted(len(report.checks), 'check')} {broken} did not hold."
    elif report.checks:
        sentence += f" All {len(report.checks)} checks held."
    return sentence


_ENDS = {
    "succeeded": (State.SUCCEEDED,),
    "failed": (State.FAILED,),
    "stopped or gave way": (State.STOPPED,),
    "had not ended": (State.RUNNING, State.WAITING),
}


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _figures(report: PipelineReport) -> str:
    actions = sum(len(stage.actions) for each in report.executions for stage in each.stages)
    traffic = report.traffic.values()
    requests, failed = sum(each.requests for each in traffic), sum(e.failed for e in traffic)
    rollbacks = sum(each.deployment.rollback_of is not None for each in report.deployments)
    return elements.figures(
        [
            (str(len(report.executions)), "executions", ""),
            (str(actions), "actions", ""),
            (str(len(report.deployments) - rollbacks), "releases", ""),
            (str(rollbacks), "rollbacks", ""),
            (f"{requests:,}", "requests", ""),
            (f"{failed:,}", "requests failed", "bad" if failed else "good" if requests else ""),
            (elements.duration(report.duration), "in all", ""),
        ]
    )


def _broken(report: PipelineReport) -> str:
    """Say at the top which checks did not hold."""
    return "".join(
        elements.error(f"✕ {check.name}: {check.detail}".partition("\n")[0].removesuffix(": "))
        for check in report.checks
        if not check.passed
    )


def _execution(number: int, execution: Execution, report: PipelineReport) -> str:
    stands = state(execution)
    version = f" · pipeline version {execution.pipeline_version}"
    drawn = picture.draw(execution, report.started_at + report.duration)
    return (
        f'<section aria-labelledby="execution-{number}">'
        f'<h2 id="execution-{number}" tabindex="-1">{number} · {escape(execution.title)} '
        f'<span class="badge {stands}">{stands.sign} {escape(execution.status)}</span></h2>'
        f'<p class="meta">{overview.commit(execution)}{_message(execution)} · started by '
        f"{_trigger(execution)} at {execution.started_at:%H:%M:%S} · {overview.took(execution)}"
        f"{version if execution.pipeline_version else ''} · <code>{escape(execution.id)}</code></p>"
        f'<p class="outcome {stands}">{escape(_sentence(reason(execution)))}</p>'
        f"{drawn}"
        "<details><summary>Artifacts: which action made what, and who took it</summary>"
        f'<div class="artifacts">{artifacts.table(execution)}</div></details></section>'
    )


def _message(execution: Execution) -> str:
    message = commit_message(execution)
    return f" {escape(message)}" if message else ""


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _trigger(execution: Execution) -> str:
    return _TRIGGERS.get(execution.trigger, f"<code>{escape(execution.trigger)}</code>")


# https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ExecutionTrigger.html
_TRIGGERS = {
    "CreatePipeline": "the pipeline's creation",
    "WebhookV2": "a push",
    "StartPipelineExecution": "a call of StartPipelineExecution",
}


def _environments(report: PipelineReport) -> Iterator[str]:
    names = dict.fromkeys(
        [*report.environments, *report.traffic, *(each.environment for each in report.deployments)]
    )
    for number, name in enumerate(names, start=1):
        deployed = sorted(
            (each for each in report.deployments if each.environment == name),
            key=lambda each: each.deployment.started_at,
        )
        if name not in report.traffic and not deployed:
            continue
        yield f"<h3>{escape(name)}</h3>{_traffic(name, report)}"
        for index, each in enumerate(deployed, start=1):
            yield _release(each, report, key=f"release-{number}-{index}")


def _traffic(environment: str, report: PipelineReport) -> str:
    traffic = report.traffic.get(environment)
    if traffic is None or not traffic.intervals:
        return '<p class="muted">No load was on it.</p>'
    answered = ", ".join(
        f"version {escape(version)} {count:,}" for version, count in traffic.versions.items()
    )
    failed = f'<span class="{"bad" if traffic.failed else "good"}">{traffic.failed:,} failed</span>'
    return (
        f"<p>{traffic.requests:,} requests to {escape(report.service)}, {failed}. Latency: median "
        f"{elements.milliseconds(traffic.p50)}, p99 {elements.milliseconds(traffic.p99)}. "
        f"Answers: {answered or 'none'}.</p>{_failures(traffic)}"
    )


def _failures(traffic: Traffic) -> str:
    if not traffic.failures:
        return ""
    rows = [
        (
            f"{datetime.fromtimestamp(each.start, UTC):%H:%M:%S.%f}"[:-3],
            f"<code>{escape(each.path)}</code>",
            escape(str(each.error or each.status)),
            escape(each.version or each.revision or "—"),
        )
        for each in traffic.failures
    ]
    shown = elements.table(("due at", "asked for", "answer", "from version"), rows)
    return f"<details><summary>The first requests that failed</summary>{shown}</details>"


def _release(each: EnvironmentDeployment, report: PipelineReport, *, key: str) -> str:
    """Return a deployment; of the service under load, with its clients meanwhile as a picture."""
    made = each.deployment
    traffic = report.traffic.get(each.environment)
    drawn = ""
    if traffic is not None and made.service == report.service:
        ended = made.ended_at or report.started_at + report.duration
        meanwhile = traffic.during(made.started_at - _MARGIN, ended + _MARGIN)
        drawn = parts.releases(made.service, meanwhile, [made], key=key)
    return (
        f'<div class="deployed">{parts.deployment(made)}'
        f'<p class="meta">{_origin(each, report)}</p>{drawn}</div>'
    )


def _origin(each: EnvironmentDeployment, report: PipelineReport) -> str:
    began = f"began at {each.deployment.started_at:%H:%M:%S}"
    for number, execution in enumerate(report.executions, start=1):
        if execution.id == each.execution:
            return f'by <a href="#execution-{number}">execution {number}</a>, {began}'
    return f"by CodeDeploy itself, {began}"
