"""Bill of materials and provenance of an image, written and attached for real."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import PipelineError
from pipeline.images.evidence import attach_evidence
from pipeline.images.image import Build
from pipeline.images.referrers import referrers
from pipeline.images.sbom import bill_of_materials

DIGEST = "sha256:" + "a" * 64
DEBIAN = 'ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n'
DPKG = """\
Package: libssl3
Status: install ok installed
Maintainer: Nobody <nobody@example.com>
Architecture: arm64
Version: 3.0.1-1
Description: a library
"""
FILES = {
    "etc/os-release": DEBIAN,
    "var/lib/dpkg/status": DPKG,
    "srv/lib/python3.13/site-packages/aiohttp-3.14.5.dist-info/METADATA": (
        "Metadata-Version: 2.1\nName: aiohttp\nVersion: 3.14.5\nLicense: Apache-2.0\n"
    ),
    "srv/lib/python3.13/site-packages/aiohttp-3.14.5.dist-info/RECORD": "",
}


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_packages_of_debian_and_of_python_are_in_the_bill(archive: Any, architecture: str) -> None:
    saved = archive(FILES, architecture=architecture)
    bill = json.loads(bill_of_materials(saved, name="shop/web", version=DIGEST))
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "shop/web"
    assert bill["metadata"]["component"]["version"] == DIGEST
    packages = {each.get("purl", "").partition("?")[0] for each in bill["components"]}
    assert {"pkg:pypi/aiohttp@3.14.5", "pkg:deb/debian/libssl3@3.0.1-1"} <= packages


def test_archive_that_is_none_is_told_in_a_line(tmp_path: Path) -> None:
    broken = tmp_path / "image.tar"
    broken.write_bytes(b"not an image")
    with pytest.raises(PipelineError, match=r"^shop/web@sha256:a+ has no bill of materials: syft"):
        bill_of_materials(broken, name="shop/web", version=DIGEST)


def test_what_a_person_has_configured_for_syft_changes_nothing(
    archive: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".syft.yaml").write_text("select-catalogers: [-python, -debian]\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SYFT_EXCLUDE", "**")
    bill = json.loads(bill_of_materials(archive(FILES), name="shop/web", version=DIGEST))
    assert any(each["name"] == "aiohttp" for each in bill["components"])


def test_image_gets_its_evidence_once(shelf: Any, archive: Any) -> None:
    saved = archive(FILES)
    build = Build(
        service="web",
        repository=shelf.name,
        digest=shelf.push(),
        architecture="x86_64",
        fingerprint="0123456789abcdef",
        base_images=(),
        build_arguments={},
        build_id="run-1",
        source=None,
        revision=None,
        started=datetime(2026, 11, 21, tzinfo=UTC),
        finished=datetime(2026, 11, 21, tzinfo=UTC),
    )
    attach_evidence(shelf.ecr, build, saved)
    attached = list(referrers(shelf.ecr, shelf.name, build.digest))
    assert {each.artifact_type for each in attached} == {
        "application/vnd.cyclonedx+json",
        "application/vnd.in-toto+json",
    }
    # The second time nothing is written: not even the archive is looked at.
    saved.unlink()
    attach_evidence(shelf.ecr, build, saved)
    assert list(referrers(shelf.ecr, shelf.name, build.digest)) == attached
