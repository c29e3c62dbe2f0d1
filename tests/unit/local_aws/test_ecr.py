import json

from slipway.local_aws.ecr import Scan, scan_of

FINDING = {"name": "CVE-2000-0001", "severity": "CRITICAL"}


def test_image_without_a_report_has_no_findings(tmp_path):
    assert scan_of(tmp_path) == Scan("COMPLETE", ())


def test_report_of_the_image_is_what_the_scan_finds(tmp_path):
    (tmp_path / "scan.json").write_text(json.dumps({"findings": [FINDING]}))
    assert scan_of(tmp_path) == Scan("COMPLETE", [FINDING])


def test_enhanced_findings_come_from_a_scan_that_goes_on(tmp_path):
    (tmp_path / "scan.json").write_text(json.dumps({"enhancedFindings": [FINDING]}))
    scan = scan_of(tmp_path)
    assert (scan.status, scan.key, scan.findings) == ("ACTIVE", "enhancedFindings", [FINDING])


def test_scan_that_fails_is_said_by_the_image(tmp_path):
    (tmp_path / "scan.json").write_text(json.dumps({"status": "UNSUPPORTED_IMAGE"}))
    assert scan_of(tmp_path) == Scan("UNSUPPORTED_IMAGE")
