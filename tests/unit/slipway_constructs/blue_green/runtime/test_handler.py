"""A hook answers CodeDeploy in every case."""

import json
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import botocore.endpoint
import pytest
from botocore.exceptions import ClientError

EVENT = {"DeploymentId": "d-GREEN", "LifecycleEventHookExecutionId": "execution"}


class CodeDeploy:
    """Takes the report of a hook, or refuses it."""

    def __init__(self) -> None:
        self.reports: list[dict[str, str]] = []
        self.refusal: Exception | None = None

    def put_lifecycle_event_hook_execution_status(self, **report: str) -> None:
        if self.refusal:
            raise self.refusal
        self.reports.append(report)


@pytest.fixture
def codedeploy(aws: dict[str, Any]) -> CodeDeploy:
    aws["codedeploy"] = CodeDeploy()
    return aws["codedeploy"]  # type: ignore[no-any-return]


@pytest.fixture
def hook(
    load: Callable[[str], ModuleType],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    green: Callable[..., Any],
) -> ModuleType:
    """The hook of AfterInstall, whose deployment can be read and declares no checks."""
    module = load("codedeploy.handler")
    monkeypatch.setattr(module, "CHECKS_FILE", tmp_path / "checks.json")
    module.CHECKS_FILE.write_text("{}")
    monkeypatch.setenv("LIFECYCLE_EVENT", "AfterInstall")
    monkeypatch.setattr(load("codedeploy.deployment"), "read_green", lambda *_arguments: green())
    return module


@pytest.fixture
def invoke(
    hook: ModuleType, context: Callable[[float], Any], codedeploy: CodeDeploy
) -> Callable[..., str]:
    """Run the hook, and return the status that it reported."""

    def run(remaining_seconds: float = 60.0) -> str:
        hook.handler(EVENT, context(remaining_seconds))
        [report] = codedeploy.reports
        assert report["deploymentId"] == "d-GREEN"
        assert report["lifecycleEventHookExecutionId"] == "execution"
        return report["status"]

    return run


def declare(hook: ModuleType, *checks: dict[str, Any], event: str = "AfterInstall") -> None:
    hook.CHECKS_FILE.write_text(json.dumps({event: checks}))


def replace_check(
    load: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch, check: Callable[..., str]
) -> None:
    monkeypatch.setattr(load("checks.alarms"), "check", check)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_event_without_checks_succeeds_when_the_deployment_can_be_read(invoke: Any) -> None:
    assert invoke() == "Succeeded"


def test_event_without_checks_fails_when_the_deployment_cannot_be_read(
    invoke: Any, load: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*_arguments: Any) -> None:
        raise load("codedeploy.deployment").DeploymentUnreadable("no such deployment")

    monkeypatch.setattr(load("codedeploy.deployment"), "read_green", unreadable)
    assert invoke() == "Failed"


def test_passed_checks_succeed(invoke: Any, hook: ModuleType) -> None:
    declare(hook, {"alarms_quiet": {}})
    assert invoke() == "Succeeded"


def test_one_failed_check_fails_the_event(invoke: Any, hook: ModuleType) -> None:
    declare(hook, {"image_scan": {"allowed": "medium"}}, {"alarms_quiet": {}})
    assert invoke() == "Failed"


def test_checks_of_other_events_do_not_run(invoke: Any, hook: ModuleType) -> None:
    declare(hook, {"image_scan": {"allowed": "medium"}}, event="BeforeInstall")
    assert invoke() == "Succeeded"


@pytest.mark.parametrize("broken", ["checks", "codedeploy.deployment"])
def test_module_that_cannot_be_imported_is_reported_as_failed(
    invoke: Any, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    monkeypatch.setitem(sys.modules, broken, None)
    assert invoke() == "Failed"


def test_missing_checks_file_is_reported_as_failed(invoke: Any, hook: ModuleType) -> None:
    hook.CHECKS_FILE.unlink()
    assert invoke() == "Failed"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_check_that_ends_its_thread_is_reported_as_failed(
    invoke: Any, hook: ModuleType, load: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave(*_arguments: Any) -> str:
        raise SystemExit

    replace_check(load, monkeypatch, leave)
    declare(hook, {"alarms_quiet": {}})
    assert invoke() == "Failed"


def test_check_that_hangs_is_answered_before_the_deadline(
    invoke: Any, hook: ModuleType, load: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    replace_check(load, monkeypatch, lambda *_arguments: str(threading.Event().wait()))
    declare(hook, {"alarms_quiet": {}})
    margin: float = hook.REPORT_MARGIN.total_seconds()
    assert invoke(remaining_seconds=margin + 0.05) == "Failed"
    assert lines(capsys)[-1]["detail"] == "the checks hang"


def test_no_check_can_hold_up_the_client_that_reports(
    invoke: Any, hook: ModuleType, load: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """One client is made at a time, and a check that hangs may be making one."""
    made = load("aws")._client.cache_info
    replace_check(load, monkeypatch, lambda *_arguments: f"{made().currsize} made before")
    declare(hook, {"alarms_quiet": {}})
    invoke()
    assert lines(capsys)[-1]["detail"] == "1 made before"


def test_report_that_fails_fails_the_function_so_that_its_alarm_rings(
    hook: ModuleType, context: Any, codedeploy: CodeDeploy
) -> None:
    codedeploy.refusal = ClientError({"Error": {"Code": "AccessDenied"}}, "Put")
    with pytest.raises(ClientError):
        hook.handler(EVENT, context(60.0))


def test_report_that_nobody_waits_for_rings_no_alarm(
    hook: ModuleType, context: Any, codedeploy: CodeDeploy, capsys: pytest.CaptureFixture[str]
) -> None:
    """A deployment that was stopped meanwhile: the alarm would stop the next release."""
    codedeploy.refusal = ClientError(
        {"Error": {"Code": "LifecycleEventAlreadyCompletedException"}}, "Put"
    )
    hook.handler(EVENT, context(60.0))
    assert lines(capsys)[-1]["detail"].startswith("nobody waits for it")


def test_every_check_leaves_one_structured_line(
    invoke: Any, hook: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    declare(hook, {"alarms_quiet": {}}, {"image_scan": {"allowed": "medium"}})
    invoke()
    logged = lines(capsys)
    assert [(line["check"], line["outcome"]) for line in logged] == [
        ("deployment", "passed"),
        ("alarms_quiet", "passed"),
        ("image_scan", "failed"),
    ]
    for line in logged:
        assert line["deployment_id"] == "d-GREEN"
        assert line["lifecycle_event"] == "AfterInstall"
        assert isinstance(line["duration_ms"], int)
        assert line["detail"]


class Throttled:
    """CodeDeploy's address, which refuses the first two calls for coming too fast."""

    def __init__(self) -> None:
        self.calls = 0
        throttled = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                throttled.calls += 1
                refused = throttled.calls <= 2
                body = b'{"__type": "ThrottlingException"}' if refused else b"{}"
                self.send_response(400 if refused else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()


@pytest.fixture
def throttled(monkeypatch: pytest.MonkeyPatch) -> Iterator[Throttled]:
    running = Throttled()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{running.server.server_port}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _seconds: None))
    yield running
    running.server.shutdown()
    running.server.server_close()


def test_throttled_report_is_repeated_until_it_arrives(
    hook: ModuleType, context: Any, throttled: Throttled
) -> None:
    hook.handler(EVENT, context(60.0))
    assert throttled.calls == 3
