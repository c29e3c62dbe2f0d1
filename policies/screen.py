"""The result as one table, 80 columns wide, and what there is to do."""

from collections.abc import Iterator
from typing import Any

from policies.assembly import GUARD, VALIDATOR
from policies.register import Finding
from policies.run import Result

# In the table; the page has the full names.
_SHORT = {VALIDATOR: "CDK's validator", GUARD: "our Guard rules"}
_HEAD = ("checker", "version", "rules", "resources", "hold", "acknowl.", "open", "s")


def lines(result: Result) -> Iterator[str]:
    """Yield the table, and a line for each thing to do."""
    yield _row(*_HEAD)
    for each in result.checkers:
        acknowledged = sum(finding in result.judgement.acknowledged for finding in each.findings)
        yield _row(
            _SHORT.get(each.checker, each.checker),
            each.version,
            len(each.rules) + len(each.idle),
            each.resources,
            len(each.holding) + len(each.idle),
            acknowledged,
            sum(finding in result.judgement.open for finding in set(each.findings)),
            f"{each.seconds:.0f}" if each.seconds else "",
        )
    yield ""
    yield from todo(result)


def todo(result: Result) -> Iterator[str]:
    """Yield a line for each thing to do."""
    for problem in result.problems:
        yield f"not checked: {problem}"
    for finding in result.judgement.open:
        yield (
            f"open: {finding.path}: {_name(finding)}: {finding.detail.rstrip('.')}. "
            "Mend it, or acknowledge it there."
        )
    for stale in result.judgement.stale:
        yield f"stale: {stale.path}: {stale.id}: no checker finds this any more. Remove it."
    for each, flaw in result.judgement.flawed:
        yield f"flawed: {each.path}: {each.id} {flaw}."
    for finding in result.unwritten:
        yield (
            f"unwritten: {finding.path}: {_name(finding)}: acknowledged, but the template doesn't "
            "say so. Use slipway_constructs.findings.acknowledge."
        )


def as_json(result: Result) -> dict[str, Any]:
    """Return everything, for machines."""
    judgement = result.judgement
    return {
        "holds": result.holds,
        "seconds": dict(result.seconds),
        "problems": result.problems,
        "checkers": [
            {
                "checker": each.checker,
                "version": each.version,
                "rules": [*each.rules, *each.idle],
                "resources": each.resources,
                "holding": [*each.holding, *each.idle],
                "seconds": each.seconds,
            }
            for each in result.checkers
        ],
        "acknowledged": [
            {**_said(finding), "reason": answer.reason, "acknowledged_at": answer.path}
            for finding, answer in judgement.acknowledged.items()
        ],
        "open": [_said(finding) for finding in judgement.open],
        "stale": [vars(each) for each in judgement.stale],
        "flawed": [{**vars(each), "flaw": flaw} for each, flaw in judgement.flawed],
        "unwritten": [_said(finding) for finding in result.unwritten],
    }


def _said(finding: Finding) -> dict[str, str]:
    return {
        "checker": finding.checker,
        "id": finding.id,
        "path": finding.path,
        "detail": finding.detail,
    }


def _name(finding: Finding) -> str:
    return finding.id.partition("::")[2]


def _row(
    checker: str,
    version: str,
    rules: object,
    resources: object,
    hold: object,
    acknowledged: object,
    still_open: object,
    seconds: str,
) -> str:
    return (
        f"{checker:<18}{version:>9}{rules:>8}{resources:>11}{hold:>8}{acknowledged:>11}"
        f"{still_open:>8}{seconds:>6}"
    ).rstrip()
