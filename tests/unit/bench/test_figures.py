from typing import Any

import pytest

from bench.commands import GROWTH, MANY_SERVICES
from bench.figures import TARGETS, Runs, marginal_costs, report
from bench.screen import lines

SECONDS = {
    "empty app": (1.0, 1.2, 9.0),
    "everything": (2.4,),
    "everything, validated": (4.8,),
    "app.py": (2.4,),
    "tests": (12.0,),
    "client": (0.2,),
    "hook": (0.25,),
    "help": (0.6,),
    "two commands": (0.5,),
    "1 x 1": (2.0,),
    "1 x 1, validated": (4.0,),
    "1 x 10": (2.9,),
    "1 x 10, validated": (11.2,),
    "3 x 1": (2.4,),
    "3 x 1, validated": (5.6,),
    "3 x 10": (6.0,),
    "3 x 10, validated": (12.0,),
    "3 x 50": (24.0,),
    "3 x 100": (48.0,),
    "a release under load": (90.0,),
}
PHASES = {
    "everything": {"import": 0.6, "construction": 1.2, "synthesis": 0.48},
    "everything, validated": {"import": 0.6, "construction": 1.2, "synthesis": 2.88},
}
RELEASE = {
    "status": "Succeeded",
    "requests": 123_456,
    "failed": 0,
    "p99_ms": {"before": 20.0, "shift": 30.0},
    "ratio": 1.5,
}
LARGEST = {
    "resources": {"template": "Service", "size": 100, "share": 0.2},
    "bytes": {"template": "Registry", "size": 123_456, "share": 0.123456},
}


@pytest.fixture
def runs() -> dict[str, list[dict[str, Any]]]:
    return {
        name: [
            {
                "seconds": seconds,
                "peak_memory_bytes": 2**30,
                "largest": LARGEST,
                "figures": RELEASE,
                **PHASES.get(name, {}),
            }
            for seconds in each
        ]
        for name, each in SECONDS.items()
    }


def test_one_slow_run_does_not_move_the_ratios(runs: Runs) -> None:
    subjects = report(runs)["subjects"]
    assert subjects["empty app"]["seconds"] == 1.2
    assert subjects["empty app"]["runs"] == [1.0, 1.2, 9.0]
    assert subjects["everything"]["ratio"] == pytest.approx(2)


def test_a_marginal_cost_is_what_one_more_adds_to_one() -> None:
    seconds = {name: each[0] for name, each in SECONDS.items()}
    assert MANY_SERVICES == 10
    plain, validated = marginal_costs(seconds), marginal_costs(seconds, ", validated")
    assert plain == pytest.approx({"environment": 0.1, "service": 0.05})
    assert validated == pytest.approx({"environment": 0.2, "service": 0.2})


def test_validation_is_what_a_synthesis_takes_longer_with_it(runs: Runs) -> None:
    phases = report(runs)["phases"]
    assert phases == pytest.approx(
        {"import": 0.125, "construction": 0.25, "synthesis": 0.1, "validation": 0.5, "rest": 0.025}
    )


def test_a_target_is_met_up_to_its_limit(runs: Any) -> None:
    for run in runs["3 x 50"]:
        run["peak_memory_bytes"] = 3 * 2**30 + 1
    targets = report(runs)["targets"]
    assert targets.keys() == TARGETS.keys()
    assert {name for name, target in targets.items() if not target["met"]} == {"peak memory"}
    assert targets["tests"]["value"] == pytest.approx(5)
    assert targets["largest template"]["value"] == 0.2


def test_growth_has_a_row_for_each_number_of_services(runs: Runs) -> None:
    growth = report(runs)["growth"]
    assert tuple(size["services"] for size in growth) == GROWTH
    assert growth[-1]["ratio"] == pytest.approx(40)


def test_the_help_is_compared_with_that_of_a_small_program(runs: Runs) -> None:
    assert report(runs)["help_to_two_commands"] == pytest.approx(1.2)


def test_the_hook_is_compared_with_a_bare_client(runs: Runs) -> None:
    assert report(runs)["hook_to_client"] == pytest.approx(1.25)


def test_the_release_is_reported_as_it_was_measured(runs: Runs) -> None:
    assert report(runs)["release"] == RELEASE
    shown = list(lines(report(runs)))
    assert any(line.split()[-3:] == ["20.0", "30.0", "1.50"] for line in shown)
    assert "  (Succeeded; 0 of 123456 requests failed)" in shown


def test_the_tables_fit_a_terminal(runs: Any) -> None:
    runs["tests"][0]["seconds"] = 99_999.0
    shown = list(lines(report(runs)))
    assert max(map(len, shown)) <= 80
    assert any("tests" in line and line.endswith("missed") for line in shown)
    assert sum(line.endswith("missed") for line in shown) == 1
    assert any("123,456" in line for line in shown)
