"""docs/compliance.md: every acknowledged finding, as an auditor reads it."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "compliance.md"

HEAD = """\
# Acknowledged findings

Every synthesis checks every template with cdk-nag's AwsSolutions pack, and fails for a finding.
These are the findings that are right as they are; each is acknowledged in the code, beside what it
concerns, and a test fails for one that is no longer needed. There are no others.

This page is written by `make snapshots`.

| construct | finding | why it is right here | environments |
|---|---|---|---|
"""


def page(findings):
    environments = {}
    for path, finding, reason in findings.used:
        environment, construct = path.split("/", 1)
        # The same finding in another account is the same finding.
        name = re.sub(r":[a-z0-9-]+:\d{12}:", ":<region>:<account>:", finding.split("::", 1)[1])
        environments.setdefault((construct, name, reason), set()).add(environment)
    return HEAD + "".join(
        f"| {construct} | `{name}` | {reason} | {', '.join(sorted(where))} |\n"
        for (construct, name, reason), where in sorted(environments.items())
    )


def test_the_register_of_acknowledged_findings_is_complete(findings, request):
    current = page(findings)
    if request.config.getoption("--record"):
        PAGE.write_text(current, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == current, (
        "docs/compliance.md is stale: run `make snapshots` and review the difference with git diff."
    )
