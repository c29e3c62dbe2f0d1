from datetime import timedelta
from typing import Any

import pytest

FILE = "services/web/service.yaml"


def deployment(project: Any) -> Any:
    return project.load().services("dev")["web"].deployment


def test_each_way_to_shift_is_read(project: Any) -> None:
    project.append(FILE, "deployment: { shift: { linear: { percent: 20, interval: 1h30m } } }\n")
    shift = deployment(project).shift
    assert shift.kind == "linear"
    assert shift.linear.interval == timedelta(minutes=90)
    project.replace(FILE, "linear: { percent: 20, interval: 1h30m }", "all_at_once: {}")
    assert deployment(project).shift.kind == "all_at_once"


def test_checks_keep_their_order_and_their_defaults(project: Any) -> None:
    project.append(
        FILE,
        """\
        deployment:
          checks:
            AfterAllowTestTraffic:
              - targets_healthy: {}
              - http: { path: /health }
        """,
    )
    checks = deployment(project).checks["AfterAllowTestTraffic"]
    assert [check.kind for check in checks] == ["targets_healthy", "http"]
    http = checks[1].http
    assert (http.method, http.status, http.body, http.requests) == ("GET", 200, None, 1)
    assert http.timeout == timedelta(seconds=5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("engine: ecs", "engine must be codedeploy, the only engine so far, not 'ecs'"),
        (
            "shift: {}",
            "shift must have exactly one of canary, linear, all_at_once (it has none)",
        ),
        (
            "shift: { all_at_once: {}, canary: { percent: 1, interval: 1m } }",
            "shift must have exactly one of canary, linear, all_at_once "
            "(it has canary and all_at_once)",
        ),
        (
            "shift: { canary: { percent: 100, interval: 1m } }",
            "shift.canary.percent must be at most 99, not '100'",
        ),
        (
            "shift: { canary: { percent: 10, interval: 90s } }",
            "shift.canary.interval must be whole minutes between 1m and 2880m, not 1m30s",
        ),
        (
            "shift: { canary: { percent: 10, interval: 0m } }",
            "shift.canary.interval must be whole minutes between 1m and 2880m, not 0s",
        ),
        (
            "shift: { linear: { percent: 1, interval: 30m } }",
            "shift.linear.interval makes the shift take 2d1h30m; CodeDeploy allows 2880m",
        ),
        (
            "termination_wait: 30s",
            "termination_wait must be whole minutes between 0s and 2880m, not 30s",
        ),
        ("approval: true", "approval is not a known key; known here: engine, shift, termination_w"),
        ("alarms: { server_errors: 0 }", "alarms.server_errors must be at least 1, not '0'"),
        (
            "alarms: { latency: { percentile: 99, threshold: 0s } }",
            "alarms.latency.threshold must be longer than 0s, such as 500ms",
        ),
        (
            "checks: { AfterInstal: [] }",
            "checks.AfterInstal is not a known key; did you mean AfterInstall?",
        ),
        (
            "checks: { Nonsense: [] }",
            "checks.Nonsense is not a known key; known here: BeforeInstall, AfterInstall, AfterA",
        ),
        ("checks: { AfterInstall: {} }", "checks.AfterInstall must be a list, not a mapping"),
        (
            "checks: { AfterInstall: [{}] }",
            "checks.AfterInstall[0] must have exactly one of http, targets_healthy, alarms_quiet, "
            "image_scan (it has none)",
        ),
        (
            "checks: { AfterInstall: [{ alarms_quiet: }] }",
            "checks.AfterInstall[0].alarms_quiet must be a mapping ({} where it has no keys), "
            "not ''",
        ),
        (
            "checks: { BeforeInstall: [{ alarms_quiet: {} }, { targets_healthy: {} }] }",
            "checks.BeforeInstall[1].targets_healthy comes too early: green's tasks start after",
        ),
        (
            "checks: { BeforeInstall: [{ http: { path: / } }] }",
            "checks.BeforeInstall[0].http comes too early: green's tasks start after "
            "BeforeInstall; move it to a later event",
        ),
        (
            "checks: { AfterInstall: [{ http: { path: / } }] }",
            "checks.AfterInstall[0].http comes too early: the test listener reaches green after",
        ),
        (
            "checks: { AfterInstall: [{ image_scan: { allowed: critical } }] }",
            "checks.AfterInstall[0].image_scan.allowed must be none, informational, low, medium or "
            "high, not 'critical'",
        ),
        (
            "checks: { AfterInstall: [{ http: { pth: / } }] }",
            "checks.AfterInstall[0].http.pth is not a known key; did you mean path?",
        ),
    ],
)
def test_a_mistake_is_told_at_its_line(project: Any, text: str, expected: str) -> None:
    line = project.append(FILE, f"deployment:\n  {text}\n") + 1
    found = [f"{FILE}:{line}: deployment.{expected}" in mistake for mistake in project.mistakes()]
    assert any(found), project.mistakes()
