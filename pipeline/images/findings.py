"""What a scan found in an image, of either kind of scanning, in one form.

Basic scanning is Amazon ECR's own, enhanced scanning is Amazon Inspector's; an answer has the
findings of one of them. The rules are those of the check ``image_scan``, which the hooks run.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageScanFindings.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# Worst last. ECR has UNDEFINED where the source of a finding gives no severity, and Inspector has
# UNTRIAGED until somebody has given one: they count least.
SEVERITIES = ("undefined", "informational", "low", "medium", "high", "critical")


@dataclass(frozen=True)
class Finding:
    """One finding, as far as the scanner tells."""

    severity: str
    name: str
    package: str
    fix: str

    def __str__(self) -> str:
        """Return one line: ``critical CVE-2025-1 in openssl 3.0.1, fixed in 3.0.2``."""
        return f"{self.severity} {self.name} in {self.package}, {self.fix}"


@dataclass(frozen=True)
class Found:
    """All that was found in an image."""

    counts: Mapping[str, int]
    """By severity."""
    findings: tuple[Finding, ...]
    """Worst first."""

    @property
    def summary(self) -> str:
        """Say in a few words what was found: ``1 critical, 2 low``."""
        counted = [
            f"{self.counts[severity]} {severity}"
            for severity in reversed(SEVERITIES)
            if self.counts.get(severity)
        ]
        return ", ".join(counted) or "nothing"

    def above(self, allowed: str) -> Found:
        """Return what is worse than allowed; everything, where ``none`` is allowed."""
        worse = SEVERITIES[0 if allowed == "none" else SEVERITIES.index(allowed) + 1 :]
        return Found(
            {severity: count for severity, count in self.counts.items() if severity in worse},
            tuple(finding for finding in self.findings if finding.severity in worse),
        )

    def __bool__(self) -> bool:
        """Whether anything was found."""
        return any(self.counts.values())


def read(pages: Iterable[Mapping[str, Any]]) -> Found:
    """Read the answers of DescribeImageScanFindings, all pages of one image."""
    findings: list[Finding] = []
    told: Counter[str] = Counter()
    for page in pages:
        scan = page.get("imageScanFindings", {})
        # Every page has the counts of all.
        told = Counter()
        for severity, count in scan.get("findingSeverityCounts", {}).items():
            told[_severity(severity)] += count
        findings += map(_basic, scan.get("findings", ()))
        findings += map(_enhanced, scan.get("enhancedFindings", ()))
    listed = Counter(finding.severity for finding in findings)
    return Found(
        # What is counted and not listed, or listed and not counted, was found all the same.
        {severity: max(told[severity], listed[severity]) for severity in SEVERITIES},
        tuple(
            sorted(
                findings, key=lambda each: (-SEVERITIES.index(each.severity), each.name, str(each))
            )
        ),
    )


def _severity(severity: str) -> str:
    known = severity.lower()
    return known if known in SEVERITIES else SEVERITIES[0]


def _basic(finding: Mapping[str, Any]) -> Finding:
    attributes = {each["key"]: each.get("value", "") for each in finding.get("attributes", ())}
    package = f"{attributes.get('package_name', '')} {attributes.get('package_version', '')}"
    return Finding(
        _severity(finding.get("severity", "")),
        finding.get("name", "a finding without a name"),
        package.strip() or "an unnamed package",
        # Basic scanning doesn't tell of fixes.
        f"see {finding['uri']}" if finding.get("uri") else "no fix is told",
    )


def _enhanced(finding: Mapping[str, Any]) -> Finding:
    details = finding.get("packageVulnerabilityDetails", {})
    packages = details.get("vulnerablePackages", ())
    names = dict.fromkeys(
        f"{each.get('name', '')} {each.get('version', '')}".strip() for each in packages
    )
    # Inspector says NotAvailable where there is none.
    fixes = dict.fromkeys(
        each["fixedInVersion"]
        for each in packages
        if each.get("fixedInVersion", "NotAvailable") != "NotAvailable"
    )
    return Finding(
        _severity(finding.get("severity", "")),
        details.get("vulnerabilityId") or finding.get("title") or "a finding without a name",
        ", ".join(names) or "an unnamed package",
        f"fixed in {', '.join(fixes)}" if fixes else "no fix yet",
    )
