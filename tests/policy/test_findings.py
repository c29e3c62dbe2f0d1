"""cdk-nag's packs on everything that is synthesised."""

from typing import Any

PACKS = ["AwsSolutions", "NIST.800.53.R5", "PCI.DSS.321", "HIPAA.Security", "Serverless"]


def test_every_pack_has_run(findings: Any) -> None:
    assert findings.packs == PACKS
    assert {finding.split("::")[0] for _, finding, _ in findings.used} == set(PACKS)


def test_every_finding_is_mended_or_acknowledged(findings: Any) -> None:
    assert not findings.open


def test_every_acknowledgement_answers_to_a_finding(findings: Any) -> None:
    """A mistyped one would be silent, and one that outlived its finding would hide the next."""
    assert findings.acknowledged == findings.used


def test_every_acknowledgement_names_its_checker(findings: Any) -> None:
    """A bare id silences a finding without listing it; nobody would ask for one that is unknown."""
    for path, finding, _ in findings.acknowledged:
        pack, rule = finding.split("::", 1)
        assert pack in PACKS, path
        assert rule.startswith(f"{pack}-"), path


def test_what_is_acknowledged_for_checkov_stands_in_the_template_too(
    findings: Any, templates: Any
) -> None:
    """Who runs checkov on the templates sees what `make policy` sees."""
    skipped = {
        (skip["id"], skip["comment"])
        for template in templates.values()
        for resource in template["Resources"].values()
        for skip in resource.get("Metadata", {}).get("checkov", {}).get("skip", ())
    }
    # Once for all parts of a construct that have it, and in the template at each of them.
    acknowledged = {
        (finding.removeprefix("Checkov::"), reason)
        for _, finding, reason in findings.acknowledged_elsewhere
        if finding.startswith("Checkov::")
    }
    assert skipped == acknowledged
    assert skipped


def test_every_acknowledgement_is_of_one_construct_and_gives_a_reason(findings: Any) -> None:
    for path, finding, reason in findings.acknowledged | findings.acknowledged_elsewhere:
        if finding.startswith("CloudFormation-Validate::"):
            continue  # Of the library.
        # A stage, a stack, a construct of ours, and what is in it.
        assert path.count("/") >= 2, f"{path} is too wide for {finding}"
        assert len(reason.split()) >= 12, f"{path}: {finding}"
