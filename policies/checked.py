"""What one checker looked at, and what it found."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from policies.register import Finding


@dataclass(frozen=True)
class Checked:
    """The work of one checker.

    Parameters
    ----------
    checker, version
        Who.
    rules
        The rules that had something to look at.
    idle
        Its other rules: they are about resources that no template has.
    resources
        How many resources it looked at.
    findings
        What it found, what is acknowledged included.
    seconds
        How long it took; 0 for who works during the synthesis.
    meanings
        What its rules ask for, by rule, where the page says it.
    problem
        Why its silence proves nothing; empty if it worked.
    """

    checker: str
    version: str
    rules: tuple[str, ...]
    resources: int
    findings: tuple[Finding, ...]
    idle: tuple[str, ...] = ()
    seconds: float = 0
    meanings: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def broken(self) -> set[str]:
        """The rules that have a finding."""
        return {finding.rule for finding in self.findings}

    @property
    def holding(self) -> list[str]:
        """The rules that hold on everything that they look at."""
        return [rule for rule in self.rules if rule not in self.broken]
