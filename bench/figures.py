"""From runs to figures: medians, ratios, marginal costs, and whether the targets are met."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from bench.commands import GROWTH, MANY_SERVICES, RELEASE, hook_package_bytes, size_name
from bench.projects import ENVIRONMENTS

Runs = Mapping[str, Sequence[Mapping[str, Any]]]

# Figure: the most it may be. Memory and the package in bytes, the others are ratios.
TARGETS: Mapping[str, float] = {
    "a further environment": 0.12,
    "a further service": 0.05,
    "peak memory": 3 * 2**30,
    "largest template": 0.5,
    "tests": 6,
    "slipway --help": 1.5,
    "first call of a hook": 1.3,
    "package of a hook": 1_000_000,
}


def report(runs: Runs) -> dict[str, Any]:
    """Make the report of ``build/bench.json``; docs/proof/benchmarks.md describes it.

    Parameters
    ----------
    runs
        What `bench.commands.run` returned each time, by the subject's name.
    """
    seconds = {name: median(run["seconds"] for run in each) for name, each in runs.items()}
    growth = [_size(runs, seconds, services) for services in GROWTH]
    figures = {
        "schema": 1,
        "empty_app_seconds": seconds["empty app"],
        "subjects": {
            name: {
                "seconds": seconds[name],
                "ratio": seconds[name] / seconds["empty app"],
                "runs": [run["seconds"] for run in each],
            }
            for name, each in runs.items()
        },
        "phases": phases(runs),
        "marginal_cost": {
            kind: marginal_costs(seconds, suffix)
            for kind, suffix in (("plain", ""), ("validated", ", validated"))
        },
        "growth": growth,
        "tests_to_app": seconds["tests"] / seconds["app.py"],
        "help_to_two_commands": seconds["help"] / seconds["two commands"],
        "hook_to_client": seconds["hook"] / seconds["client"],
        "release": runs[RELEASE][0]["figures"],
        "hook_package_bytes": hook_package_bytes(),
    }
    return figures | {"targets": targets(figures)}


def phases(runs: Runs) -> dict[str, float]:
    """Return the share that each phase has of the validated synthesis of everything.

    The validator runs inside the synthesis, so its time is what the synthesis takes longer with
    it. What remains is the start and the end of the process.
    """
    plain, validated = runs["everything"], runs["everything, validated"]

    def of(each: Sequence[Mapping[str, Any]], phase: str) -> float:
        return float(median(run[phase] for run in each))

    whole = of(validated, "seconds")
    synthesis = min(of(plain, "synthesis"), of(validated, "synthesis"))
    seconds = {
        "import": of(validated, "import"),
        "construction": of(validated, "construction"),
        "synthesis": synthesis,
        "validation": of(validated, "synthesis") - synthesis,
    }
    seconds["rest"] = whole - sum(seconds.values())
    return {phase: each / whole for phase, each in seconds.items()}


def marginal_costs(seconds: Mapping[str, float], suffix: str = "") -> dict[str, float]:
    """Return what one more environment or service adds, as a share of one of each."""
    one = seconds[size_name(1, 1) + suffix]

    def of(name: str, further: int) -> float:
        return (seconds[name + suffix] - one) / further / one

    return {
        "environment": of(size_name(len(ENVIRONMENTS), 1), len(ENVIRONMENTS) - 1),
        "service": of(size_name(1, MANY_SERVICES), MANY_SERVICES - 1),
    }


def targets(figures: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Compare the figures with `TARGETS`: ``value``, ``limit`` and ``met`` of each."""
    values = {
        "a further environment": figures["marginal_cost"]["plain"]["environment"],
        "a further service": figures["marginal_cost"]["plain"]["service"],
        "peak memory": max(size["peak_memory_bytes"] for size in figures["growth"]),
        "largest template": max(
            each["share"] for size in figures["growth"] for each in size["largest"].values()
        ),
        "tests": figures["tests_to_app"],
        "slipway --help": figures["help_to_two_commands"],
        "first call of a hook": figures["hook_to_client"],
        "package of a hook": figures["hook_package_bytes"],
    }
    return {
        name: {"value": values[name], "limit": limit, "met": values[name] <= limit}
        for name, limit in TARGETS.items()
    }


def _size(runs: Runs, seconds: Mapping[str, float], services: int) -> dict[str, Any]:
    name = size_name(len(ENVIRONMENTS), services)
    return {
        "services": services,
        "environments": len(ENVIRONMENTS),
        "ratio": seconds[name] / seconds["empty app"],
        "peak_memory_bytes": max(run["peak_memory_bytes"] for run in runs[name]),
        "largest": runs[name][0]["largest"],
    }
