"""One synthesis, and every checker over it."""

import os
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from policies import cfn_lint, run_checkov
from policies.assembly import Assembly
from policies.checked import Checked
from policies.during_synthesis import checked_during_synthesis, validator_rules
from policies.register import Finding, Judgement, judge, upwards
from policies.synthesis import synthesise
from policies.templates import copy_templates, silenced
from slipway.settings import Settings

_T = TypeVar("_T")


@dataclass(frozen=True)
class Result:
    """What all checkers say of one synthesis.

    Parameters
    ----------
    assembly
        The templates.
    checkers
        Each checker's work.
    judgement
        What is open, acknowledged, and stale.
    unwritten
        Acknowledged findings that a run of checkov or cfn-lint by hand would still report, because
        the template doesn't say what the register says.
    seconds
        How long the synthesis took, and everything.
    """

    assembly: Assembly
    checkers: tuple[Checked, ...]
    judgement: Judgement
    unwritten: tuple[Finding, ...]
    seconds: Mapping[str, float]

    @property
    def problems(self) -> list[str]:
        """Checkers whose silence proves nothing."""
        return [
            f"{each.checker} {each.problem or 'looked at nothing'}"
            for each in self.checkers
            if each.problem or not each.rules or not each.resources
        ]

    @property
    def holds(self) -> bool:
        """Tell whether there is nothing to do."""
        return self.judgement.holds and not self.unwritten and not self.problems


def run(settings: Settings, directory: Path, checkov_python: Path) -> Result:
    """Synthesise everything and check it.

    Parameters
    ----------
    settings
        The project's.
    directory
        An empty one, for the templates.
    checkov_python
        The interpreter of checkov's environment.

    Raises
    ------
    PoliciesError
        The synthesis failed, or a checker did.
    """
    started = time.monotonic()
    with _step("Synthesising every environment, with cdk-nag and our rules") as synthesis:
        assembly = Assembly.read(synthesise(settings, directory))
    copies = copy_templates(assembly, directory / "templates")
    cores = os.cpu_count() or 2
    with (
        _step(f"cfn-lint and checkov on {len(assembly.stacks)} templates"),
        # Each thread waits for a process.
        ThreadPoolExecutor(cores) as pool,
    ):
        checkov = pool.submit(_timed, lambda: run_checkov.check(checkov_python, copies, directory))
        shares: list[Future[tuple[list[Finding], float]]] = [
            pool.submit(_timed, lambda share=share: cfn_lint.lint(share, copies, directory))
            for share in cfn_lint.shares(copies, max(1, cores - 1))
        ]
        lint_rules = pool.submit(cfn_lint.rules, directory)
        validator = pool.submit(validator_rules, directory)
        linted = [share.result() for share in shares]
        checkov_report, checkov_seconds = checkov.result()
        checkers = (
            *checked_during_synthesis(assembly, validator.result()),
            cfn_lint.report(
                lint_rules.result(),
                [finding for found, _seconds in linted for finding in found],
                assembly.resources,
                max(seconds for _found, seconds in linted),
            ),
            replace(checkov_report, seconds=checkov_seconds),
        )
    return conclude(
        assembly, checkers, {"synthesis": synthesis.seconds, "all": time.monotonic() - started}
    )


def conclude(
    assembly: Assembly, checkers: tuple[Checked, ...], seconds: Mapping[str, float]
) -> Result:
    """Hold what checkers found against the register, and the register against the templates."""
    judgement = judge(
        (finding for checker in checkers for finding in checker.findings),
        assembly.acknowledgements,
        {stack.path for stack in assembly.stacks},
    )
    silent = {entry for stack in assembly.stacks for entry in silenced(stack)}
    return Result(
        assembly=assembly,
        checkers=checkers,
        judgement=judgement,
        unwritten=tuple(
            finding
            for finding in judgement.acknowledged
            if finding.checker in (cfn_lint.CFN_LINT, run_checkov.CHECKOV)
            and not any((path, finding.rule) in silent for path in upwards(finding.path))
        ),
        seconds=seconds,
    )


class _step:  # noqa: N801 - read as a verb
    """Say on standard error what takes its time, and how much it took."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.seconds = 0.0

    def __enter__(self) -> "_step":
        print(f"  {self._name:<62}", end="", file=sys.stderr, flush=True)
        self._started = time.monotonic()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.seconds = time.monotonic() - self._started
        print(f"{self.seconds:6.1f} s", file=sys.stderr, flush=True)


def _timed(work: Callable[[], _T]) -> tuple[_T, float]:
    started = time.monotonic()
    return work(), time.monotonic() - started
