"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How it is."""

    OK = "ok"
    MEND = "mend"
    """Something has to be done before a deployment can go well."""
    UNKNOWN = "can't tell"
    """AWS didn't say, or these credentials may not ask."""


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

    @property
    def is_well(self) -> bool:
        """Whether nothing has to be mended."""
        return all(each.verdict is not Verdict.MEND for each in self.findings)


def ok(check: str, says: str, page: str = "") -> Finding:
    """Say that all is well."""
    return Finding(check=check, verdict=Verdict.OK, says=says, mend="", page=page)


def mend(check: str, says: str, how: str, page: str = "") -> Finding:
    """Say what is wrong, and what to do."""
    return Finding(check=check, verdict=Verdict.MEND, says=says, mend=how, page=page)


def unknown(check: str, says: str, how: str = "", page: str = "") -> Finding:
    """Say what can't be told, and why."""
    return Finding(check=check, verdict=Verdict.UNKNOWN, says=says, mend=how, page=page)
