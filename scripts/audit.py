"""Ask for known vulnerabilities of every package in every lock.

Exit code 0: asked, and none is known that isn't acknowledged. 1: there are. 2: wrong options or
acknowledgements. 3: the answer is missing or too old to rely on.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from scripts.advisories import SERVICE, CouldNotAskError, Export, Record, Release, Service, fixes
from scripts.locks import NODE_LOCK, ROOT, node_packages, python_locks, python_packages

ACKNOWLEDGEMENTS = ROOT / "policies" / "vulnerabilities.yaml"
FOUND, WRONG, NOT_ASKED = 1, 2, 3


@dataclass(frozen=True)
class Vulnerability:
    """What is known under several ids, of one release."""

    release: Release
    ids: tuple[str, ...]
    summary: str
    fixed: tuple[str, ...]


@dataclass(frozen=True)
class Acknowledgement:
    """A vulnerability that somebody has decided to live with for a while."""

    id: str
    package: str
    because: str
    until: date

    def is_about(self, vulnerability: Vulnerability) -> bool:
        """Say whether it is this vulnerability that was meant."""
        return self.id in vulnerability.ids and self.package == vulnerability.release.name


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask, and print one line for each vulnerability, then what was asked, and of whom."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--service", default=SERVICE, metavar="URL", help="an OSV API (%(default)s)"
    )
    parser.add_argument(
        "--export",
        type=Path,
        nargs="+",
        metavar="PATH",
        help="ask nobody: read OSV records from these zip files or folders",
    )
    parser.add_argument(
        "--acknowledgements", type=Path, default=ACKNOWLEDGEMENTS, help=argparse.SUPPRESS
    )
    options = parser.parse_args(arguments)
    if not options.service.startswith(("https://", "http://")):
        parser.error(f"--service must be an http or https address, not {options.service}")
    try:
        acknowledgements = read_acknowledgements(options.acknowledgements)
    except ValueError as error:
        print(error)
        return WRONG
    locked = releases()
    locks = {lock for each in locked.values() for lock in each}
    what = f"{len(locked)} packages of {len(locks)} locks"
    source: Service | Export = (
        Export(options.export) if options.export else Service(options.service)
    )
    try:
        records = source.about(locked)
    except CouldNotAskError as error:
        print(f"{error}\nNothing is known about the {what}. {_NEXT}")
        return NOT_ASKED
    today = datetime.now(UTC).date()
    known = list(vulnerabilities(records))
    doubts = list(source.doubts())
    lines = list(complaints(known, acknowledgements, locked, today, is_whole=not doubts))
    print("\n".join([*lines, f"Asked about {what}: {source}."]))
    if doubts:
        print(f"That is no all-clear: {'; '.join(doubts)}. {_NEXT}")
    elif not lines:
        count = f"{len(known)} known, all acknowledged" if known else "No vulnerability is known"
        print(f"{count}.")
    if lines:
        return FOUND
    return NOT_ASKED if doubts else 0


_NEXT = (
    "Next: run it where OSV can be reached, or take its exports along: "
    "--export PyPI/all.zip npm/all.zip (SECURITY.md)."
)


def releases() -> dict[Release, list[str]]:
    """Return every package of every lock, and the locks that list it."""
    found: dict[Release, list[str]] = {}
    for lock in python_locks():
        for package in python_packages(lock.path):
            release = Release("PyPI", package.name, package.version)
            found.setdefault(release, []).append(str(lock.path.relative_to(ROOT)))
    for package, _licence in node_packages():
        found.setdefault(Release("npm", package.name, package.version), []).append(NODE_LOCK.name)
    return found


def vulnerabilities(records: dict[Release, list[Record]]) -> Iterator[Vulnerability]:
    """Bring records together that are about the same: databases know it by ids of their own."""
    for release, each in sorted(records.items()):
        groups: list[tuple[set[str], list[Record]]] = []
        for record in each:
            if record.get("withdrawn"):
                continue
            ids, members = {record["id"], *(record.get("aliases") or [])}, [record]
            for group in [group for group in groups if not group[0].isdisjoint(ids)]:
                groups.remove(group)
                ids, members = ids | group[0], group[1] + members
            groups.append((ids, members))
        for ids, members in groups:
            texts = [member.get("summary") or member.get("details") or "" for member in members]
            summary = " ".join(min(filter(None, texts), key=len, default="no summary").split())
            fixed = dict.fromkeys(each for member in members for each in fixes(member, release))
            yield Vulnerability(
                release,
                tuple(sorted(ids)),
                summary if len(summary) <= 100 else summary[:99] + "…",
                tuple(fixed),
            )


def complaints(
    known: Iterable[Vulnerability],
    acknowledgements: Iterable[Acknowledgement],
    locked: dict[Release, list[str]],
    today: date,
    *,
    is_whole: bool = True,
) -> Iterator[str]:
    """Say of each vulnerability that stands open, and of each stale acknowledgement, what to do.

    Parameters
    ----------
    is_whole
        Whether an acknowledgement that nothing answers to is known to be stale.
    """
    known = list(known)
    for each in known:
        release = each.release
        text = (
            f"{release.name} {release.version} ({', '.join(locked[release])}): "
            f"{', '.join(each.ids)}: {each.summary}; "
        )
        known_by = [ack for ack in acknowledgements if ack.is_about(each)]
        if not known_by and each.fixed:
            yield f"{text}fixed in {', '.join(each.fixed)}: update it, then make lock"
        elif not known_by:
            yield f"{text}not fixed: replace it, or acknowledge it in policies/vulnerabilities.yaml"
        elif all(ack.until < today for ack in known_by):
            yield f"{text}acknowledged until {max(ack.until for ack in known_by)}: look at it again"
    for ack in acknowledgements if is_whole else ():
        if not any(ack.is_about(each) for each in known):
            yield f"policies/vulnerabilities.yaml: {ack.id} of {ack.package} is gone: remove it"


def read_acknowledgements(path: Path) -> list[Acknowledgement]:
    """Read the file of acknowledged vulnerabilities.

    Raises
    ------
    ValueError
        It is not as its head says; the message is one line.
    """
    content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    rows = content.get("acknowledged") if isinstance(content, dict) else None
    if not isinstance(rows, list):
        raise ValueError(f"{path}: acknowledged must be a list")
    return [_acknowledgement(path, number, row) for number, row in enumerate(rows, start=1)]


def _acknowledgement(path: Path, number: int, row: Any) -> Acknowledgement:
    keys = {"id", "package", "because", "until"}
    if not isinstance(row, dict) or row.keys() != keys:
        raise ValueError(f"{path}: entry {number} must have the keys {', '.join(sorted(keys))}")
    if not isinstance(row["until"], date):
        raise ValueError(f"{path}: entry {number}: until must be a date, as 2030-12-31")
    if not all(isinstance(row[key], str) and row[key].strip() for key in keys - {"until"}):
        raise ValueError(f"{path}: entry {number}: id, package and because must be texts")
    return Acknowledgement(**row)


if __name__ == "__main__":
    sys.exit(main())
