"""cdk-nag's AwsSolutions pack on everything that is synthesised."""

from typing import Any

PACK = "AwsSolutions"


def test_the_pack_has_run(findings: Any) -> None:
    assert findings.packs == [PACK]
    assert findings.used


def test_every_finding_is_mended_or_acknowledged(findings: Any) -> None:
    assert not findings.open


def test_every_acknowledgement_answers_to_a_finding(findings: Any) -> None:
    """A mistyped one would be silent, and one that outlived its finding would hide the next."""
    assert findings.acknowledged == findings.used


def test_every_acknowledgement_names_its_pack(findings: Any) -> None:
    """A bare id silences a finding without listing it."""
    for path, finding, _ in findings.acknowledged:
        assert finding.startswith(f"{PACK}::{PACK}-"), path


def test_every_acknowledgement_is_of_one_construct_and_gives_a_reason(findings: Any) -> None:
    for path, finding, reason in findings.acknowledged:
        # A stage, a stack, a construct of ours, and what is in it.
        assert path.count("/") >= 2, f"{path} is too wide for {finding}"
        assert len(reason.split()) >= 12, f"{path}: {finding}"
