"""What is known of a package's vulnerabilities: asked of a service, or read from its export.

Both speak OSV, the format and the service that gather the advisories of PyPI (PYSEC), GitHub (GHSA)
and malicious packages (MAL) for PyPI and npm alike: https://ossf.github.io/osv-schema/

Why not pip-audit and npm audit: each asks a database of its own, and neither can be asked without a
network (https://github.com/pypa/pip-audit/issues/698). pip-audit passes over what its index doesn't
know and ends well; here that is no answer.
"""

import json
import re
import urllib.request
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPException
from pathlib import Path
from typing import Any, Protocol

import yaml
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

SERVICE = "https://api.osv.dev"
TIMEOUT = timedelta(seconds=30)
MOST_QUERIES = 1000
"""Of one request: https://google.github.io/osv.dev/post-v1-querybatch/"""
FRESH = timedelta(days=7)
"""Advisories are published every day; older data are silent about the newest."""

Record = dict[str, Any]


@dataclass(frozen=True, order=True)
class Release:
    """One version of one package."""

    ecosystem: str
    """As OSV spells it: ``PyPI`` or ``npm``."""
    name: str
    version: str


class CouldNotAskError(Exception):
    """There is no answer; the message says who was asked, and why there is none."""


class Source(Protocol):
    """Whoever knows of advisories."""

    def about(self, releases: Iterable[Release]) -> dict[Release, list[Record]]:
        """Return the OSV records of each release that has any.

        Raises
        ------
        CouldNotAskError
            There is no answer about some of them.
        """

    def doubts(self) -> Iterator[str]:
        """Say why an answer without a vulnerability doesn't mean that none is known."""


class Service:
    """OSV's own API, or one that speaks it: https://google.github.io/osv.dev/api/."""

    def __init__(self, url: str = SERVICE) -> None:
        self.url = url.rstrip("/")

    def __str__(self) -> str:
        """Name who is asked, and when."""
        return f"{self.url} on {datetime.now(UTC):%Y-%m-%d at %H:%M UTC}"

    def about(self, releases: Iterable[Release]) -> dict[Release, list[Record]]:
        """Ask in batches, then for each advisory that applies."""
        ids: dict[Release, set[str]] = {}
        waiting = [(release, "") for release in releases]
        while waiting:
            batch, waiting = waiting[:MOST_QUERIES], waiting[MOST_QUERIES:]
            answer = self._json("/v1/querybatch", {"queries": [_query(*each) for each in batch]})
            results = answer.get("results")
            if not isinstance(results, list) or len(results) != len(batch):
                raise CouldNotAskError(f"{self.url} doesn't answer as OSV does")
            for (release, _token), result in zip(batch, results, strict=True):
                try:
                    found = {str(each["id"]) for each in result.get("vulns", [])}
                except (AttributeError, KeyError, TypeError):
                    raise CouldNotAskError(f"{self.url} doesn't answer as OSV does") from None
                if found:
                    ids.setdefault(release, set()).update(found)
                if result.get("next_page_token"):
                    waiting.append((release, result["next_page_token"]))
        known = set().union(*ids.values())
        records = {each: {"id": each} | self._json(f"/v1/vulns/{each}") for each in known}
        return {release: [records[each] for each in sorted(ids[release])] for release in ids}

    def doubts(self) -> Iterator[str]:
        """Have none: who is asked now answers for now."""
        yield from ()

    def _json(self, path: str, body: object = None) -> dict[str, Any]:
        try:
            request = urllib.request.Request(  # noqa: S310 - audit.py takes http(s) only
                self.url + path,
                data=None if body is None else json.dumps(body).encode(),
                headers={"Content-Type": "application/json"},
            )
            with urllib.request.urlopen(  # noqa: S310
                request, timeout=TIMEOUT.total_seconds()
            ) as response:
                answer = json.load(response)
        except (OSError, ValueError, HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            raise CouldNotAskError(f"{self.url} can't be asked: {reason}") from error
        if not isinstance(answer, dict):
            raise CouldNotAskError(f"{self.url} doesn't answer as OSV does")
        return answer


def _query(release: Release, page_token: str) -> dict[str, Any]:
    package = {"name": release.name, "ecosystem": release.ecosystem}
    query = {"package": package, "version": release.version}
    return query | ({"page_token": page_token} if page_token else {})


class Export:
    """OSV records in zip files or folders, as OSV exports them and advisory databases keep them.

    https://google.github.io/osv.dev/data/#data-dumps has ``PyPI/all.zip`` and ``npm/all.zip``.
    """

    # Most records are about others: they are looked at as text, and not parsed.
    _NAME = re.compile(rb"""\bname["']?: *["']?([^"'\s,}]+)""")
    _ECOSYSTEM = re.compile(rb"""\becosystem["']?: *["']?(PyPI|npm)\b""")
    _MODIFIED = re.compile(rb"""\bmodified["']?: *["']?(\d{4}-\d\d-\d\d)""")

    def __init__(self, paths: Iterable[Path]) -> None:
        self.paths = list(paths)
        self._newest: dict[str, date] = {}
        self._asked: set[str] = set()

    def __str__(self) -> str:
        """Name the files, and how old what is in them is."""
        of = ", ".join(f"{each} until {day}" for each, day in sorted(self._newest.items()))
        return f"{', '.join(map(str, self.paths))} ({of or 'no record'})"

    def about(self, releases: Iterable[Release]) -> dict[Release, list[Record]]:
        """Read all records, and keep those that apply."""
        wanted: dict[str, list[Release]] = {}
        for release in releases:
            wanted.setdefault(_name(release.ecosystem, release.name), []).append(release)
            self._asked.add(release.ecosystem)
        found: dict[Release, list[Record]] = {}
        for name, content in self._files():
            ecosystems = {each.decode() for each in self._ECOSYSTEM.findall(content)}
            modified = self._MODIFIED.search(content)
            for each in ecosystems if modified else ():
                day = date.fromisoformat(modified[1].decode())  # type: ignore[index]
                self._newest[each] = max(day, self._newest.get(each, day))
            names = {each.decode() for each in self._NAME.findall(content)}
            names |= {str(canonicalize_name(each)) for each in names}
            if names.isdisjoint(wanted):
                continue
            for record in _parse(name, content):
                for release in (each for known in names & wanted.keys() for each in wanted[known]):
                    if affects(record, release):
                        found.setdefault(release, []).append(record)
        return found

    def doubts(self) -> Iterator[str]:
        """Say of which ecosystem there is nothing, or nothing new."""
        for ecosystem in sorted(self._asked):
            newest = self._newest.get(ecosystem)
            if newest is None:
                yield f"no advisory there is about {ecosystem}"
            elif datetime.now(UTC).date() - newest > FRESH:
                yield f"nothing there about {ecosystem} is younger than {newest}"

    def _files(self) -> Iterator[tuple[str, bytes]]:
        for path in self.paths:
            try:
                if path.is_dir():
                    for file in sorted(path.rglob("*")):
                        if file.suffix in {".json", ".yaml"}:
                            yield str(file), file.read_bytes()
                else:
                    with zipfile.ZipFile(path) as archive:
                        for name in archive.namelist():
                            yield f"{path}:{name}", archive.read(name)
            except (OSError, zipfile.BadZipFile) as error:
                raise CouldNotAskError(f"{path} can't be read: {error}") from error


def _parse(name: str, content: bytes) -> Iterator[Record]:
    try:
        record = json.loads(content) if name.endswith(".json") else yaml.safe_load(content)
    except (ValueError, yaml.YAMLError) as error:
        raise CouldNotAskError(f"{name} can't be read: {' '.join(str(error).split())}") from error
    if isinstance(record, dict) and "affected" in record:
        yield record


def affects(record: Record, release: Release) -> bool:
    """Say whether a record is about a release; what can't be compared counts as affected.

    https://ossf.github.io/osv-schema/#evaluation
    """
    if record.get("withdrawn"):
        return False
    return any(_is_affected(each, release.version) for each in _parts_about(record, release))


def fixes(record: Record, release: Release) -> list[str]:
    """Return the versions that mend what a record tells, from the next one on."""
    found = {
        str(event["fixed"])
        for affected in _parts_about(record, release)
        for each in affected.get("ranges") or []
        for event in each["events"]
        if each["type"] != "GIT" and "fixed" in event
    }
    try:
        later = {each: Version(each) for each in found if Version(each) > Version(release.version)}
    except InvalidVersion:
        return sorted(found)
    return sorted(later, key=lambda each: later[each])


def _parts_about(record: Record, release: Release) -> Iterator[dict[str, Any]]:
    for affected in record.get("affected") or []:
        package = affected.get("package") or {"ecosystem": "", "name": ""}
        if package["ecosystem"] == release.ecosystem and (
            _name(release.ecosystem, package["name"]) == _name(release.ecosystem, release.name)
        ):
            yield affected


def _is_affected(affected: dict[str, Any], version: str) -> bool:
    versions = [str(each) for each in affected.get("versions") or []]
    ranges = [each for each in affected.get("ranges") or [] if each["type"] != "GIT"]
    if not versions and not ranges:
        return True
    try:
        ours = Version(version)
        return (
            version in versions
            or any(ours == Version(each) for each in versions if _is_version(each))
            or any(_is_within(ours, each["events"]) for each in ranges)
        )
    except InvalidVersion:
        return True


def _is_within(version: Version, events: list[dict[str, str]]) -> bool:
    is_affected = False
    at = [(Version(str(value)), kind) for event in events for kind, value in event.items()]
    # At the same version the introduction comes last: it is the one that holds from there.
    for boundary, kind in sorted(at, key=lambda each: (each[0], each[1] == "introduced")):
        if kind == "introduced" and version >= boundary:
            is_affected = True
        elif (kind == "fixed" and version >= boundary) or (
            kind == "last_affected" and version > boundary
        ):
            is_affected = False
    return is_affected


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


def _name(ecosystem: str, name: str) -> str:
    return str(canonicalize_name(name)) if ecosystem == "PyPI" else name
