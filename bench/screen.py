"""The report as tables, 80 columns wide."""

from collections.abc import Iterator, Mapping
from typing import Any

_ROWS = {
    "everything, validated": "Synthesis of everything",
    "everything": "  without validation",
    "app.py": "  app.py alone, without validation",
    "tests": "Unit, snapshot and policy tests",
    "help": "slipway --help",
    "two commands": "  the same of a Typer app with two commands",
    "hook": "First call of a hook, with a check",
    "client": "  a boto3 client alone",
}


def lines(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of the tables."""
    yield f"{'':<48}{'empty apps':>12}{'seconds':>12}"
    yield _row("An empty CDK app", report["subjects"]["empty app"])
    for name, title in _ROWS.items():
        yield _row(title, report["subjects"][name])
    yield ""
    yield "Of the validated synthesis:"
    yield "  " + ", ".join(f"{name} {share:.0%}" for name, share in report["phases"].items())
    yield ""
    yield f"{'Marginal cost, of one environment and service':<48}{'plain':>12}{'validated':>12}"
    cost = report["marginal_cost"]
    for kind in ("environment", "service"):
        plain, validated = cost["plain"][kind], cost["validated"][kind]
        yield f"  a further {kind:<36}{plain:>12.3f}{validated:>12.3f}"
    yield ""
    yield f"{'Services in three environments':<32}{'empty apps':>12}{'memory':>12}" + (
        f"{'resources':>12}{'bytes':>12}"
    )
    yield from (_size(size) for size in report["growth"])
    yield "  (resources and bytes: of the largest template)"
    yield ""
    yield from _release(report["release"])
    yield ""
    yield f"{'Targets':<48}{'is':>10}{'at most':>12}"
    for name, target in report["targets"].items():
        verdict = "" if target["met"] else "missed"
        value, limit = _quantity(name, target["value"]), _quantity(name, target["limit"])
        yield f"  {name:<46}{value:>10}{limit:>12}{verdict:>9}".rstrip()


def _release(release: Mapping[str, Any]) -> Iterator[str]:
    p99 = release["p99_ms"]
    yield f"{'A release under 200 requests a second':<48}{'before':>10}{'shift':>11}{'ratio':>11}"
    yield (
        f"  {'p99 in ms':<46}{p99['before']:>10.1f}{p99['shift']:>11.1f}{release['ratio']:>11.2f}"
    )
    yield f"  ({release['status']}; {release['failed']} of {release['requests']} requests failed)"


def _row(title: str, subject: Mapping[str, Any]) -> str:
    return f"{title:<48}{subject['ratio']:>12.2f}{subject['seconds']:>12.2f}"


def _size(size: Mapping[str, Any]) -> str:
    resources, length = (size["largest"][kind]["size"] for kind in ("resources", "bytes"))
    memory = f"{size['peak_memory_bytes'] / 2**20:.0f} MiB"
    return f"  {size['services']:<30}{size['ratio']:>12.2f}{memory:>12}{resources:>12}{length:>12,}"


def _quantity(name: str, value: float) -> str:
    if name == "peak memory":
        return f"{value / 2**30:.2f} GiB"
    if name == "package of a hook":
        return f"{value / 1000:.0f} kB"
    return f"{value:.3f}" if value < 1 else f"{value:.2f}"
