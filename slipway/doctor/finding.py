"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How it is."""

    OK = "ok"
    MEND = "mend"
    """Something has to be done before a deployment can go well."""
    NOT_ALLOWED = "not allowed"
    """These credentials may not ask."""
    NO_ANSWER = "no answer"
    """AWS can't be reached, throttles or is at fault: it may answer in a while."""
    UNKNOWN = "can't tell"
    """AWS refused to say, for a reason of its own."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a check found."""

    check: str
    """What was looked at: ``hosted zone``."""
    verdict: Verdict
    says: str
    """How it is, in a sentence."""
    mend: str
    """What to do, a command where there is one; empty where nothing is to be done."""
    page: str
    """The page of AWS that the check comes from; empty for the machine's own."""


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """All findings about an environment, or about the tooling account."""

    environment: str
    """Its name; empty for the tooling account."""
    account: str
    region: str
    findings: tuple[Finding, ...]

    def count(self, *verdicts: Verdict) -> int:
        """Count the findings with one of these verdicts."""
        return sum(each.verdict in verdicts for each in self.findings)


def ok(check: str, says: str, page: str = "") -> Finding:
    """Say that all is well."""
    return Finding(check=check, verdict=Verdict.OK, says=says, mend="", page=page)


def mend(check: str, says: str, how: str, page: str = "") -> Finding:
    """Say what is wrong, and what to do."""
    return Finding(check=check, verdict=Verdict.MEND, says=says, mend=how, page=page)
