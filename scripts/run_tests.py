"""Run the tests: the fast ones, those with real parts, drawn settings, or interruptions.

The fast ones are of two kinds that can also run alone: ``services``, the tests of the services,
which have environments of their own, and ``project``, all others.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from scripts.environments import environment_of
from slipway.leash import Leashed, stop_when_orphaned
from slipway.settings import SettingsError, load

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT, FAULTS = "tests/rehearsal/environment", "tests/rehearsal/test_faults.py"
PROVE, SERIES = "tests/rehearsal/prove", "tests/rehearsal/series"
BOOTSTRAP, PIPELINE = "tests/rehearsal/bootstrap", "tests/rehearsal/pipeline"
DIGESTS = f"{PIPELINE}/images/test_digests.py"
CODEDEPLOY, TRAFFIC_RULE = "tests/rehearsal/local_aws/codedeploy", "tests/rehearsal/traffic_rule"
CODEBUILD, CODEPIPELINE = (
    f"tests/rehearsal/local_aws/{service}" for service in ("codebuild", "codepipeline")
)
ACCOUNTS, NEWCOMER = "tests/rehearsal/accounts", "tests/rehearsal/newcomer"
DOCUMENTATION, ERRORS = "tests/rehearsal/test_documentation.py", "tests/rehearsal/errors"
# What a person types, in environments that releases of other tests don't disturb.
LOOKING, WORKING = (
    tuple(f"{ENVIRONMENT}/test_{each}.py" for each in names)
    for names in (
        ("command_line", "cost", "describing", "diff", "logs", "set_up"),
        ("exec", "live_view", "one_off", "operating"),
    )
)

TAKES = {
    "properties": "about six minutes",
    "rehearsal": "about six minutes",
    "environments": "about two minutes",
    "newcomer": "about four minutes, of which one for setting up",
    "interruption": "about eight minutes; the quick part about two",
    "faults": "about eight minutes; the quick half about two",
}
NEXT = {
    "properties": "What settings allow synthesises and passes policy; the rest is told in a line.",
    "rehearsal": (
        "The rehearsal and its tests passed. Next: open build/rehearsal/report.html, "
        "then run make test."
    ),
    "environments": "Every environment came up on a local AWS, served over TLS, and went clean.",
    "newcomer": "docs/getting-started/laptop.md does what it says.",
    "interruption": "Nothing was left behind, whenever and however a rehearsal was stopped.",
    "faults": "Every fault ended as documented. What each one cost: build/rehearsal/faults.json",
}
Group = tuple[str, ...]
Round = tuple[Group, ...]
# Tests with real parts wait a good deal; but what a busy machine keeps from answering in time fails
# as a real service would.
_AT_ONCE = (os.cpu_count() or 1) + 2
# The longest first: it is the one that is seen at work. What loads the CDK is half of the unit
# tests' time; snapshots and policy share a synthesis.
_LOAD_THE_CDK = ("tests/unit/stacks", "tests/unit/slipway_constructs", "tests/unit/test_app.py")
_START_PROGRAMS = ("tests/unit/cli", "tests/unit/scripts", "tests/unit/rehearsal")
FAST: Round = (
    ("tests/snapshots", "tests/policy"),
    _LOAD_THE_CDK,
    ("tests/unit", *(f"--ignore={each}" for each in (*_LOAD_THE_CDK, *_START_PROGRAMS))),
    (*_START_PROGRAMS, "tests/properties"),
)
# The groups of a round don't mind each other.
_ELSEWHERE = (
    *(ACCOUNTS, BOOTSTRAP, ENVIRONMENT, PIPELINE, CODEBUILD, CODEDEPLOY, CODEPIPELINE),
    *(TRAFFIC_RULE, FAULTS, PROVE, SERIES, NEWCOMER, DOCUMENTATION, ERRORS),
)
ROUNDS: dict[str, tuple[Round, ...]] = {
    "properties": ((("tests/properties", "--hypothesis-profile=full"),),),
    "rehearsal": (
        (
            ("tests/rehearsal", *(f"--ignore={each}" for each in _ELSEWHERE)),
            (DOCUMENTATION,),
            (*WORKING, "-m", "not long"),
            (ENVIRONMENT, "-m", "not long", *(f"--ignore={each}" for each in (*LOOKING, *WORKING))),
            (PIPELINE, f"--ignore={DIGESTS}"),
            (*LOOKING, "-m", "not long"),
            (BOOTSTRAP, ACCOUNTS),
            (ERRORS,),
            (DIGESTS,),
            (CODEDEPLOY,),
            (CODEBUILD, CODEPIPELINE),
            (TRAFFIC_RULE,),
        ),
    ),
    "newcomer": (((NEWCOMER,),),),
    "faults": (
        ((FAULTS,), (PROVE,), (ENVIRONMENT, "-m", "long")),
        # It wants its 200 requests a second: alone.
        ((SERIES,),),
    ),
}


def main() -> int:
    """Run one kind of tests and return 0 only if all of them passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("fast", "project", "services", *TAKES))
    parser.add_argument("--quick", action="store_true", help="of faults or interruptions, half")
    parser.add_argument("--seed", type=int, help="of properties, what a run printed")
    parser.add_argument("--stop-with-parent", type=int, metavar="PID")
    options = parser.parse_args()
    if options.seed is not None and options.kind != "properties":
        parser.error("--seed is for properties: the other tests draw nothing")
    if options.stop_with_parent is not None:
        stop_when_orphaned(options.stop_with_parent)
    try:
        load(ROOT)
    except SettingsError as error:
        print(f"{error}\nThe settings are wrong, see above; nothing was tested.", file=sys.stderr)
        return 2
    if options.kind in TAKES:
        what = "what is drawn" if options.kind == "properties" else "real parts"
        print(f"\nTesting with {what}: {options.kind} ({TAKES[options.kind]})", flush=True)
        rounds = ROUNDS.get(options.kind, (((f"tests/{options.kind}",),),))
        if options.seed is not None:
            ((group,),) = rounds
            rounds = (((*group, f"--hypothesis-seed={options.seed}"),),)
        if options.quick:
            # What runs beside it, and after it, is for the whole only.
            (first, *_), *_ = rounds
            rounds = (((*first, "-m", "quick"),),)
        code = max([_run_side_by_side(*groups) for groups in rounds])
        print(NEXT[options.kind] if code == 0 else "Some tests failed: see above.")
        return code
    codes = []
    if options.kind != "project":
        codes += [_test_service(service) for service in sorted((ROOT / "services").iterdir())]
    if options.kind != "services":
        # Last, so that their closing lines are what one sees at the end.
        codes.append(_run_side_by_side(*FAST))
    return max(codes, default=0)


def _run_side_by_side(*groups: Group) -> int:
    """Run groups of tests, in this order, as many at once as there is room for.

    The first is seen at work; the others are told in their order, once they have ended.
    """
    with contextlib.ExitStack() as stack:
        outputs = [None, *(stack.enter_context(tempfile.TemporaryFile()) for _ in groups[1:])]
        started: list[Leashed] = []
        told = 0
        while told < len(groups):
            running = sum(process.poll() is None for process in started)
            for group in groups[len(started) :][: _AT_ONCE - running]:
                command = [sys.executable, "-m", "pytest", *group]
                output = outputs[len(started)]
                errors = subprocess.STDOUT if output else None
                started.append(
                    stack.enter_context(Leashed(command, cwd=ROOT, stdout=output, stderr=errors))
                )
            if started[told].poll() is None:
                time.sleep(0.1)
                continue
            if (output := outputs[told]) is not None:
                output.seek(0)
                print(output.read().decode(errors="replace"), end="", flush=True)
            told += 1
        return next(filter(None, (process.poll() for process in started)), 0)


def _test_service(service: Path) -> int:
    """Test a service in an environment of its own, made from its own lock: it is shipped alone."""
    lock = service / "requirements-test.txt"
    if not lock.exists():
        return 0
    python = environment_of(lock)
    if python is None:
        return 1
    print(f"{service.relative_to(ROOT)}: ", end="", flush=True)
    return _run([str(python), "-m", "pytest", "-q"], cwd=service)


def _run(command: list[str], *, cwd: Path) -> int:
    with Leashed(command, cwd=cwd) as process:
        return process.wait()


if __name__ == "__main__":
    sys.exit(main())
