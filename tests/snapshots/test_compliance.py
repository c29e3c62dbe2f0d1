"""docs/compliance.md: every exception and its reason, as an auditor reads them."""

import re
from collections import Counter
from pathlib import Path

from slipway_constructs.listeners import PLAIN_HTTP_METADATA

PAGE = Path(__file__).resolve().parents[2] / "docs" / "compliance.md"

HEAD = """\
# Acknowledged findings

Every synthesis checks every template with five packs of cdk-nag: AwsSolutions, NIST 800-53 R5, PCI
DSS 3.2.1, HIPAA and Serverless. It fails for a finding. These are the findings that are right as
they are; each is acknowledged in the code, beside what it concerns, and a test fails for one that
is no longer needed. There are no others.

This page is written by `make snapshots`.

| construct | finding | why it is right here | environments |
|---|---|---|---|
"""

PLAIN_HTTP = """
## Without TLS

Listeners speak HTTPS only, with TLS 1.2 or 1.3, and port 80 leads there; a test reads every
template for it. These environments have no certificate, for the reason that their file states
under `plain_http`:

| environment | reason | listeners |
|---|---|---|
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


def without_tls(templates):
    listeners = Counter(
        (tags(resource)["slipway:environment"], resource["Metadata"][PLAIN_HTTP_METADATA])
        for template in templates.values()
        for resource in template["Resources"].values()
        if PLAIN_HTTP_METADATA in resource.get("Metadata", {})
    )
    return PLAIN_HTTP + "".join(
        f"| {environment} | {reason} | {count} |\n"
        for (environment, reason), count in sorted(listeners.items())
    )


def tags(resource):
    return {tag["Key"]: tag["Value"] for tag in resource["Properties"]["Tags"]}


def test_the_register_of_exceptions_is_complete(findings, templates, request):
    current = page(findings) + without_tls(templates)
    if request.config.getoption("--record"):
        PAGE.write_text(current, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == current, (
        "docs/compliance.md is stale: run `make snapshots` and review the difference with git diff."
    )
