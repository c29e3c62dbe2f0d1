from typing import Any

from pipeline.images.findings import SEVERITIES, read


def page(counts: dict[str, int] | None = None, **findings: Any) -> dict[str, Any]:
    return {"imageScanFindings": {"findingSeverityCounts": counts or {}, **findings}}


BASIC = {
    "name": "CVE-2025-0001",
    "severity": "HIGH",
    "uri": "https://security-tracker.debian.org/tracker/CVE-2025-0001",
    "attributes": [
        {"key": "package_version", "value": "3.0.1-1"},
        {"key": "package_name", "value": "openssl"},
    ],
}
ENHANCED = {
    "severity": "CRITICAL",
    "status": "ACTIVE",
    "title": "CVE-2025-0002 - openssl",
    "packageVulnerabilityDetails": {
        "vulnerabilityId": "CVE-2025-0002",
        "vulnerablePackages": [
            {"name": "openssl", "version": "3.0.1", "fixedInVersion": "3.0.2"},
            {"name": "libssl3", "version": "3.0.1", "fixedInVersion": "3.0.2"},
        ],
    },
}


def without_fix(**changes: Any) -> dict[str, Any]:
    package = {"name": "zlib1g", "version": "1.3", "fixedInVersion": "NotAvailable"}
    details = {"vulnerabilityId": "CVE-2025-0003", "vulnerablePackages": [package]}
    return {"severity": "LOW", "packageVulnerabilityDetails": details, **changes}


def lines(*pages: dict[str, Any]) -> list[str]:
    return [str(finding) for finding in read(pages).findings]


def test_basic_finding_is_told_with_its_package_and_where_to_read_on() -> None:
    assert lines(page(findings=[BASIC])) == [
        "high CVE-2025-0001 in openssl 3.0.1-1, "
        "see https://security-tracker.debian.org/tracker/CVE-2025-0001"
    ]


def test_enhanced_finding_is_told_with_its_packages_and_what_fixes_them() -> None:
    assert lines(page(enhancedFindings=[ENHANCED, without_fix()])) == [
        "critical CVE-2025-0002 in openssl 3.0.1, libssl3 3.0.1, fixed in 3.0.2",
        "low CVE-2025-0003 in zlib1g 1.3, no fix yet",
    ]


def test_finding_that_tells_nothing_is_told_all_the_same() -> None:
    assert lines(page(findings=[{}]), page(enhancedFindings=[{}])) == [
        "undefined a finding without a name in an unnamed package, no fix is told",
        "undefined a finding without a name in an unnamed package, no fix yet",
    ]


def test_findings_of_all_pages_come_worst_first() -> None:
    pages = [
        page(enhancedFindings=[without_fix(severity=severity.upper())]) for severity in SEVERITIES
    ]
    found = read(pages)
    assert [finding.severity for finding in found.findings] == [*reversed(SEVERITIES)]
    assert found.summary == "1 critical, 1 high, 1 medium, 1 low, 1 informational, 1 undefined"


def test_counts_of_all_pages_are_counted_once() -> None:
    pages = [page({"LOW": 2}, findings=[{"severity": "LOW"}])] * 2
    assert read(pages).summary == "2 low"


def test_finding_that_is_not_counted_counts_too() -> None:
    assert read([page({"LOW": 1}, findings=[BASIC])]).summary == "1 high, 1 low"


def test_finding_that_is_not_listed_is_refused_all_the_same() -> None:
    worse = read([page({"CRITICAL": 1})]).above("high")
    assert worse
    assert worse.summary == "1 critical"
    assert worse.findings == ()


def test_what_is_allowed_is_left_out() -> None:
    found = read([page(enhancedFindings=[ENHANCED, without_fix()])])
    assert found.above("low").summary == "1 critical"
    assert found.above("none").summary == "1 critical, 1 low"
    assert not found.above("critical")
