"""Measure what synthesis, tests, hooks and a release cost: ``python -m bench``."""

import argparse
import json
import signal
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from types import FrameType
from typing import Any

from bench.commands import ROOT, BenchError, Subject, run, subjects
from bench.figures import report
from bench.screen import lines
from slipway.leash import stop_when_orphaned

REPORT = ROOT / "build" / "bench.json"
STOPPED = 130


def main() -> int:
    """Measure everything, and return 0 if all of it could be measured, however slow it was."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often to run each (default: 5)")
    parser.add_argument("--stop-with-parent", type=int, metavar="PID")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    signal.signal(signal.SIGTERM, _interrupt)
    if options.stop_with_parent is not None:
        stop_when_orphaned(options.stop_with_parent)
    try:
        with tempfile.TemporaryDirectory(prefix="slipway-bench-") as directory:
            measured = report(_measure(list(subjects(Path(directory))), options.rounds))
        _write(measured)
    except KeyboardInterrupt:
        print("\nStopped. Nothing was written to build/bench.json.", file=sys.stderr)
        return STOPPED
    except (BenchError, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print("\n" + "\n".join(lines(measured)))
    print(f"\nThe report is {REPORT.relative_to(ROOT)}; docs/proof/benchmarks.md explains it.")
    return 0


def _measure(each: list[Subject], rounds: int) -> dict[str, list[dict[str, Any]]]:
    """Run all subjects in turn, round after round: a noisy minute then hits all of them alike."""
    started = time.monotonic()
    runs: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for number in range(1, rounds + 1):
        for subject in each:
            if number > 1 and subject.once:
                continue
            elapsed = int(time.monotonic() - started)
            print(f"{elapsed // 60:>2}:{elapsed % 60:02}  round {number} of {rounds}  ", end="")
            print(f"{subject.name:<24}", end="", flush=True)
            runs[subject.name].append(run(subject))
            print(f"{runs[subject.name][-1]['seconds']:>8.2f} s", flush=True)
    return runs


def _write(measured: dict[str, Any]) -> None:
    REPORT.parent.mkdir(exist_ok=True)
    unfinished = REPORT.with_suffix(".tmp")
    unfinished.write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    unfinished.replace(REPORT)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
