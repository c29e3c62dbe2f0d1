"""What is installed is what was reviewed: every lock, its hashes, and its source."""

import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.locks import (
    NODE_LOCK,
    ROOT,
    Package,
    PythonLock,
    node_packages,
    python_locks,
    python_packages,
)

LOCKS = python_locks()
NAMES = [str(lock.path.relative_to(ROOT)) for lock in LOCKS]
every_lock = pytest.mark.parametrize("lock", LOCKS, ids=NAMES)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def tracked(pattern: str) -> set[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", pattern],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(listed.stdout.splitlines())


def asked_for(lock: PythonLock) -> list[Requirement]:
    """What the source of a lock asks for itself."""
    if lock.source.suffix == ".toml":
        wanted = [*PROJECT["project"]["dependencies"]]
        if lock.options:
            wanted += PROJECT["project"]["optional-dependencies"]["dev"]
    else:
        wanted = list(lines_of(lock.source))
    return [Requirement(line) for line in wanted]


def lines_of(source: Path) -> Iterator[str]:
    for line in source.read_text().splitlines():
        if line.startswith("-r "):
            yield from lines_of(source.parent / line.removeprefix("-r "))
        elif line and not line.startswith(("-", "#")):
            yield line


def test_every_requirements_file_is_a_lock_that_make_lock_resolves() -> None:
    files = tracked("*requirements*.txt")
    assert len(files) >= 6
    assert set(files) == set(NAMES)


def test_a_lock_names_no_registry() -> None:
    """So it installs from wherever a machine gets its packages."""
    for lock in LOCKS:
        text = lock.path.read_text()
        assert "://" not in text, lock.path
        assert not re.search(r"^\s*-(?!-hash=)", text, re.MULTILINE), lock.path
    packages = NODE_LOCK.read_text()
    assert '"resolved"' not in packages
    assert "registry" not in packages


@every_lock
def test_every_locked_python_package_has_its_hashes(lock: PythonLock) -> None:
    packages = python_packages(lock.path)
    assert packages
    assert not [package.name for package in packages if not package.hashes]


def test_every_locked_node_package_has_its_hash() -> None:
    packages = [package for package, _licence in node_packages()]
    assert packages
    for package in packages:
        assert package.hashes, package.name
        assert package.hashes[0].startswith("sha512-"), package.name


@every_lock
def test_a_lock_holds_what_its_source_asks_for(lock: PythonLock) -> None:
    locked: dict[str, list[Package]] = {}
    for package in python_packages(lock.path):
        locked.setdefault(canonicalize_name(package.name), []).append(package)
    for wanted in asked_for(lock):
        found = locked.get(canonicalize_name(wanted.name), [])
        assert found, f"{wanted} is missing: run make lock"
        for package in found:
            assert wanted.specifier.contains(package.version, prereleases=True), (
                f"{wanted} is asked for, {package.version} locked: run make lock"
            )


@every_lock
def test_a_lock_holds_nothing_that_nobody_asks_for(lock: PythonLock) -> None:
    """uv notes beside each package who needs it."""
    text = lock.path.read_text()
    locked = {canonicalize_name(package.name) for package in python_packages(lock.path)}
    direct = {canonicalize_name(each.name) for each in asked_for(lock)}
    for entry in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]:
        name = canonicalize_name(entry.split("==")[0])
        parents = set(re.findall(r"^    #   (?:via )?([a-z0-9.-]+)$", entry, re.MULTILINE))
        parents |= set(re.findall(r"^    # via ([a-z0-9.-]+)$", entry, re.MULTILINE))
        assert name in direct or parents & locked, f"{name}: run make lock"


@pytest.mark.parametrize(
    ("small", "large"),
    [
        ("requirements.txt", "requirements-dev.txt"),
        *(
            (
                str(file.relative_to(ROOT)),
                str(file.relative_to(ROOT).with_stem("requirements-test")),
            )
            for file in sorted(ROOT.glob("services/*/requirements.txt"))
        ),
    ],
)
def test_what_is_tested_is_what_is_shipped(small: str, large: str) -> None:
    shipped = {(each.name, each.version): each for each in python_packages(ROOT / small)}
    tested = {(each.name, each.version): each for each in python_packages(ROOT / large)}
    assert shipped.keys() <= tested.keys()
    for key, package in shipped.items():
        assert package.hashes == tested[key].hashes


def test_the_backend_that_builds_the_project_is_in_the_lock() -> None:
    (backend,) = PROJECT["build-system"]["requires"]
    locked = {f"{each.name}=={each.version}" for each in python_packages(LOCKS[1].path)}
    assert backend in locked


def test_the_node_lock_is_of_this_package_json() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())
    locked = json.loads(NODE_LOCK.read_text())["packages"][""]
    for group in ("dependencies", "devDependencies", "optionalDependencies"):
        assert locked.get(group, {}) == wanted.get(group, {}), "run make lock"
    versions = {package.name: package.version for package, _licence in node_packages()}
    for name, version in wanted["devDependencies"].items():
        assert versions[name] == version


@pytest.mark.parametrize("service", ["inventory", "storefront"])
def test_an_image_is_built_from_a_digest_and_a_lock(service: str) -> None:
    text = (ROOT / "services" / service / "Dockerfile").read_text().replace("\\\n", " ")
    (base,) = re.findall(r"^ARG BASE_IMAGE=(.+)$", text, re.MULTILINE)
    assert re.fullmatch(r"[^@\s]+@sha256:[0-9a-f]{64}", base)
    assert {line.split()[1] for line in re.findall(r"^FROM .+$", text, re.MULTILINE)} == {
        "${BASE_IMAGE}"
    }
    installs = re.findall(r"^RUN .*pip install.*$", text, re.MULTILINE)
    assert installs
    assert all("--require-hashes" in line for line in installs)


def test_a_requirement_without_an_exact_version_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text("one==1 \\\n    --hash=sha256:" + "0" * 64 + "\ntwo>=2\n")
    with pytest.raises(ValueError, match=r"two>=2 names no exact version"):
        python_packages(lock)


def test_a_package_that_is_needed_somewhere_only_says_where(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    digests = [f"sha256:{digit * 64}" for digit in "01"]
    lock.write_text(
        "one==1 ; sys_platform == 'win32' \\\n"
        + " \\\n".join(f"    --hash={digest}" for digest in digests)
        + "\n    # via two\n"
    )
    assert python_packages(lock) == [Package("one", "1", "sys_platform == 'win32'", tuple(digests))]
