import json

from slipway.local_aws.ecr import findings_of


def test_image_without_a_report_has_no_findings(tmp_path):
    assert findings_of(tmp_path) == []


def test_report_of_the_image_is_what_the_scan_finds(tmp_path):
    finding = {"name": "CVE-2000-0001", "severity": "CRITICAL"}
    (tmp_path / "scan.json").write_text(json.dumps({"findings": [finding]}))
    assert findings_of(tmp_path) == [finding]
