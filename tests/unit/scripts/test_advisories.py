from typing import Any

import pytest

from scripts.advisories import Release, affects, fixes

INTRODUCED, FIXED, LAST = "introduced", "fixed", "last_affected"


def record(**affected: Any) -> dict[str, Any]:
    package = {"ecosystem": "PyPI", "name": "Some.Package"}
    return {"id": "PYSEC-1", "affected": [{"package": package, **affected}]}


def versions(*events: dict[str, str]) -> dict[str, Any]:
    return record(ranges=[{"type": "ECOSYSTEM", "events": list(events)}])


@pytest.mark.parametrize(
    ("version", "is_affected"),
    [("1.9", False), ("2", True), ("2.10", True), ("3.0", False), ("4.0", True), ("5", False)],
)
def test_a_range_holds_from_its_introduction_to_its_fix(version: str, is_affected: bool) -> None:
    about = versions({FIXED: "3"}, {INTRODUCED: "2.0"}, {INTRODUCED: "4"}, {FIXED: "4.5"})
    assert affects(about, Release("PyPI", "some-package", version)) is is_affected


def test_the_last_affected_version_is_affected() -> None:
    about = versions({INTRODUCED: "0"}, {LAST: "2.1"})
    assert affects(about, Release("PyPI", "some-package", "2.1"))
    assert not affects(about, Release("PyPI", "some-package", "2.1.1"))


def test_a_listed_version_is_affected_however_it_is_written() -> None:
    assert affects(record(versions=["1.0"]), Release("PyPI", "some-package", "1.0.0"))
    assert not affects(record(versions=["1.0"]), Release("PyPI", "some-package", "1.0.1"))


@pytest.mark.parametrize(
    ("about", "version"),
    [
        (versions({INTRODUCED: "0"}, {FIXED: "in the spring"}), "1"),
        (versions({INTRODUCED: "0"}, {FIXED: "3"}), "1.2-next.3"),
        (record(), "1"),
        (record(ranges=[{"type": "GIT", "events": [{INTRODUCED: "0"}]}]), "1"),
    ],
)
def test_what_can_t_be_compared_is_affected(about: dict[str, Any], version: str) -> None:
    assert affects(about, Release("PyPI", "some-package", version))


def test_a_record_of_another_package_or_ecosystem_or_withdrawn_affects_nothing() -> None:
    assert not affects(record(), Release("PyPI", "another", "1"))
    assert not affects(record(), Release("npm", "Some.Package", "1"))
    withdrawn = record() | {"withdrawn": "2026-01-01T00:00:00Z"}
    assert not affects(withdrawn, Release("PyPI", "some-package", "1"))


def test_what_mends_it_is_a_later_version_of_this_package() -> None:
    about = versions({INTRODUCED: "0"}, {FIXED: "1.5"}, {INTRODUCED: "2"}, {FIXED: "10.1"})
    about["affected"] += versions({INTRODUCED: "2"}, {FIXED: "9"})["affected"]
    another = versions({INTRODUCED: "0"}, {FIXED: "77"})["affected"][0]
    another["package"] = {"ecosystem": "PyPI", "name": "another"}
    about["affected"].append(another)
    assert fixes(about, Release("PyPI", "some-package", "2.2")) == ["9", "10.1"]
