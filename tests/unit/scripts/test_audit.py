"""The audit asks a service on this machine, which knows what a test says, or reads files."""

import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from scripts import audit

TODAY = datetime.now(UTC).date()
PYTHON = next(each for each in audit.releases() if each.name == "boto3")
NODE = next(each for each in audit.releases() if each.name == "aws-cdk")
AUDIT = Callable[..., tuple[int, str]]


def advisory(id_: str = "GHSA-made-up", release: Any = PYTHON, **more: Any) -> dict[str, Any]:
    package = {"ecosystem": release.ecosystem, "name": release.name}
    kind = "ECOSYSTEM" if release.ecosystem == "PyPI" else "SEMVER"
    events = [{"introduced": "0"}, {"fixed": "9999.1"}]
    return {
        "id": id_,
        "modified": f"{TODAY}T00:00:00Z",
        "summary": "Runs what it is sent.",
        "affected": [{"package": package, "ranges": [{"type": kind, "events": events}]}],
        **more,
    }


@dataclass
class Osv:
    """What the service knows, and how it is asked."""

    advisories: dict[Any, list[dict[str, Any]]] = field(default_factory=dict)
    page: int = 100
    answer: bytes | None = None
    url: str = ""

    def reply(self, path: str, body: Any) -> Any:
        if path.startswith("/v1/vulns/"):
            known = [each for group in self.advisories.values() for each in group]
            return next(each for each in known if each["id"] == path.rpartition("/")[2])
        assert path == "/v1/querybatch"
        return {"results": [self._result(query) for query in body["queries"]]}

    def _result(self, query: Any) -> dict[str, Any]:
        asked = (query["package"]["ecosystem"], query["package"]["name"], query["version"])
        found = next(
            (
                group
                for release, group in self.advisories.items()
                if (release.ecosystem, release.name, release.version) == asked
            ),
            [],
        )
        start = int(query.get("page_token", "0"))
        result: dict[str, Any] = {}
        if found:
            result["vulns"] = [{"id": each["id"]} for each in found[start : start + self.page]]
        if len(found) > start + self.page:
            result["next_page_token"] = str(start + self.page)
        return result


@pytest.fixture
def osv() -> Iterator[Osv]:
    service = Osv()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            answer = service.answer
            if answer is None:
                answer = json.dumps(service.reply(self.path, body)).encode()
            self.send_response(200 if answer else 500)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        service.url = f"http://127.0.0.1:{server.server_port}"
        yield service
        server.shutdown()
        thread.join()


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> AUDIT:
    def go(*arguments: object, acknowledged: str = "[]") -> tuple[int, str]:
        file = tmp_path / "vulnerabilities.yaml"
        file.write_text(f"acknowledged: {acknowledged}\n")
        code = audit.main([*map(str, arguments), "--acknowledgements", str(file)])
        return code, capsys.readouterr().out

    return go


def acknowledgement(days: int, id_: str = "GHSA-made-up") -> str:
    until = TODAY + timedelta(days=days)
    return f"[{{ id: {id_}, package: boto3, because: We never send it that., until: {until} }}]"


def test_where_nothing_is_known_the_audit_says_whom_it_asked(osv: Osv, run: AUDIT) -> None:
    code, said = run("--service", osv.url)
    assert code == 0
    assert f"Asked about {len(audit.releases())} packages" in said
    assert f"{osv.url} on {TODAY}" in said
    assert said.endswith("No vulnerability is known.\n")


@pytest.mark.parametrize("release", [PYTHON, NODE], ids=["PyPI", "npm"])
def test_a_known_vulnerability_of_a_locked_package_fails_the_audit(
    osv: Osv, run: AUDIT, release: Any
) -> None:
    osv.advisories = {release: [advisory(release=release)]}
    code, said = run("--service", osv.url)
    assert code == 1
    line = said.splitlines()[0]
    assert line.startswith(f"{release.name} {release.version} (")
    assert line.endswith(
        "GHSA-made-up: Runs what it is sent.; fixed in 9999.1: update it, then make lock"
    )
    assert "No vulnerability" not in said


def test_the_same_vulnerability_of_two_databases_is_one_line(osv: Osv, run: AUDIT) -> None:
    osv.advisories = {
        PYTHON: [
            advisory("GHSA-made-up", aliases=["CVE-1"]),
            advisory("PYSEC-1", aliases=["CVE-1"]),
            advisory("PYSEC-2"),
            advisory("PYSEC-3", withdrawn="2026-01-01T00:00:00Z"),
        ]
    }
    osv.page = 1
    code, said = run("--service", osv.url)
    assert code == 1
    first, second, asked = said.splitlines()
    assert "): CVE-1, GHSA-made-up, PYSEC-1: " in first
    assert "): PYSEC-2: " in second
    assert asked.startswith("Asked about ")


def test_an_acknowledgement_holds_until_its_day(osv: Osv, run: AUDIT) -> None:
    osv.advisories = {PYTHON: [advisory()]}
    code, said = run("--service", osv.url, acknowledged=acknowledgement(0))
    assert code == 0
    assert said.endswith("1 known, all acknowledged.\n")
    code, said = run("--service", osv.url, acknowledged=acknowledgement(-1))
    assert code == 1
    assert f"acknowledged until {TODAY - timedelta(days=1)}: look at it again" in said


def test_an_acknowledgement_is_of_one_vulnerability(osv: Osv, run: AUDIT) -> None:
    osv.advisories = {PYTHON: [advisory()]}
    code, said = run("--service", osv.url, acknowledged=acknowledgement(9, "GHSA-another"))
    assert code == 1
    assert "GHSA-made-up: " in said
    assert "GHSA-another of boto3 is gone: remove it" in said


@pytest.mark.parametrize("answer", [b"", b"{}", b"[]", b"<html>", b'{"results": []}'])
def test_who_answers_with_something_else_was_not_asked(osv: Osv, run: AUDIT, answer: bytes) -> None:
    osv.answer = answer
    code, said = run("--service", osv.url)
    assert code == 3
    assert "Nothing is known about the" in said
    assert "No vulnerability" not in said


def test_who_can_t_be_reached_was_not_asked(run: AUDIT) -> None:
    code, said = run("--service", "http://127.0.0.1:9")
    assert code == 3
    assert said.startswith("http://127.0.0.1:9 can't be asked: ")


def export(path: Path, *advisories: dict[str, Any]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for each in advisories:
            archive.writestr(f"{each['id']}.json", json.dumps(each))
    return path


def other(ecosystem: str, day: Any = TODAY) -> dict[str, Any]:
    package = audit.Release(ecosystem, "somebody-else-s", "1")
    return advisory(f"OTHER-{ecosystem}", package, modified=f"{day}T00:00:00Z")


def test_an_export_is_read_where_nobody_can_be_asked(tmp_path: Path, run: AUDIT) -> None:
    fresh = export(tmp_path / "all.zip", other("PyPI"), other("npm"))
    code, said = run("--export", fresh)
    assert code == 0
    assert f"(PyPI until {TODAY}, npm until {TODAY})" in said
    assert said.endswith("No vulnerability is known.\n")
    found = export(tmp_path / "all.zip", advisory(), advisory("GHSA-2", NODE))
    code, said = run("--export", found)
    assert code == 1
    # boto3 is there in several versions: a tool that can't share ours has another one.
    assert {line.split()[0] for line in said.splitlines() if "GHSA" in line} == {"boto3", "aws-cdk"}


def test_a_folder_of_yaml_is_read_too(tmp_path: Path, run: AUDIT) -> None:
    (tmp_path / "PYSEC-1.yaml").write_text(
        "id: PYSEC-1\nmodified: 2020-01-01T00:00:00Z\naffected:\n"
        f"- package:\n    ecosystem: PyPI\n    name: Boto3\n  versions:\n  - {PYTHON.version}\n"
    )
    code, said = run("--export", tmp_path)
    assert code == 1
    assert "PYSEC-1: no summary; not fixed: replace it, or acknowledge it" in said


def test_old_or_missing_advisories_are_no_all_clear(tmp_path: Path, run: AUDIT) -> None:
    day = TODAY - timedelta(days=8)
    code, said = run("--export", export(tmp_path / "old.zip", other("PyPI", day)))
    assert code == 3
    assert f"nothing there about PyPI is younger than {day}" in said
    assert "no advisory there is about npm" in said
    assert "No vulnerability" not in said


@pytest.mark.parametrize("content", [None, b"not a zip"])
def test_an_export_that_can_t_be_read_was_not_asked(
    tmp_path: Path, run: AUDIT, content: bytes | None
) -> None:
    path = tmp_path / "all.zip"
    if content is not None:
        path.write_bytes(content)
    code, said = run("--export", path)
    assert code == 3
    assert said.startswith(f"{path} can't be read: ")


@pytest.mark.parametrize(
    ("acknowledged", "told"),
    [
        ("{}", "acknowledged must be a list"),
        ("[{ id: GHSA-1 }]", "entry 1 must have the keys because, id, package, until"),
        ("[{ id: A, package: b, because: c, until: soon }]", "until must be a date"),
        ("[{ id: A, package: b, because: ' ', until: 2030-01-01 }]", "must be texts"),
    ],
)
def test_a_wrong_acknowledgement_is_one_line(run: AUDIT, acknowledged: str, told: str) -> None:
    code, said = run("--service", "http://127.0.0.1:9", acknowledged=acknowledged)
    assert code == 2
    (line,) = said.splitlines()
    assert told in line


def test_the_project_s_acknowledgements_can_be_read() -> None:
    assert isinstance(audit.read_acknowledgements(audit.ACKNOWLEDGEMENTS), list)
