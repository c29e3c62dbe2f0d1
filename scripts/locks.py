"""The locks of the repository, and what they list."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NODE_LOCK = ROOT / "package-lock.json"


@dataclass(frozen=True)
class PythonLock:
    """A requirements file that uv resolved from a source."""

    source: Path
    path: Path
    options: tuple[str, ...] = ()
    """What uv is told besides."""


@dataclass(frozen=True)
class Package:
    """One package of a lock, as pip or npm would install it."""

    name: str
    version: str
    marker: str = ""
    """Where the package is needed at all; empty: everywhere."""
    hashes: tuple[str, ...] = ()
    """``sha256:<hex>`` of each file that may be installed; npm's ``sha512-<base64>``."""


def python_locks(root: Path = ROOT) -> list[PythonLock]:
    """Find every Python lock: ours, each service's, and of each tool that can't share ours."""
    project = root / "pyproject.toml"
    return [
        PythonLock(project, root / "requirements.txt"),
        PythonLock(project, root / "requirements-dev.txt", ("--extra", "dev")),
        *(
            PythonLock(source, source.with_suffix(".txt"), ("--python-version", "3.11"))
            for folder in ("services", "policies", "pipeline", "docs", "tests/browser")
            # requirements.in before requirements-test.in, which is held to the first one's lock.
            for source in sorted((root / folder).rglob("requirements*.in"), key=_without_suffix)
        ),
    ]


def _without_suffix(path: Path) -> str:
    return str(path.with_suffix(""))


def python_packages(lock: Path) -> list[Package]:
    """Read what a Python lock lists, in its order.

    Raises
    ------
    ValueError
        A requirement has no exact version.
    """
    packages = []
    for entry in re.split(r"^(?=[^\s#])", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        head = re.match(r"([A-Za-z0-9._-]+)==([^\s;]+)(?: *; *([^\\\n]*?))? *\\?$", entry, re.M)
        if head is None:
            raise ValueError(f"{lock}: {entry.splitlines()[0]} names no exact version")
        name, version, marker = head.groups()
        hashes = tuple(re.findall(r"--hash=(sha256:[0-9a-f]{64})\b", entry))
        packages.append(Package(name, version, marker or "", hashes))
    return packages


def node_packages(lock: Path = NODE_LOCK) -> Iterator[tuple[Package, str]]:
    """Read what package-lock.json lists, each with the licence that npm noted there, or ""."""
    for place, entry in json.loads(lock.read_text(encoding="utf-8"))["packages"].items():
        if place:  # The first is the project itself.
            name = place.rpartition("node_modules/")[2]
            hashes = (entry["integrity"],) if "integrity" in entry else ()
            yield Package(name, entry["version"], hashes=hashes), entry.get("license", "")
