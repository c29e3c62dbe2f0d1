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


def test_json_values_have_the_type_that_json_gives_them(project: Any) -> None:
    project.append(
        FILE,
        """\
        deployment:
          checks:
            AfterAllowTestTraffic:
              - http:
                  path: /
                  json: { /a: 12, /b: "12", /c: true, /d: null, /e: [1.5, x], "": {} }
        """,
    )
    [check] = deployment(project).checks["AfterAllowTestTraffic"]
    expected = {"/a": 12, "/b": "12", "/c": True, "/d": None, "/e": [1.5, "x"], "": {}}
    assert check.declaration()["http"]["json"] == expected


def test_hooks_are_told_times_in_seconds_and_nothing_that_was_left_out(project: Any) -> None:
    project.write("services/web/checks.py", "def sells(green, *, fewest): pass\n")
    project.append(
        FILE,
        """\
        deployment:
          checks:
            BeforeAllowTraffic:
              - compare: { paths: [/], ignore: [/version] }
              - burst:
                  path: /
                  requests: 200
                  at_once: 20
                  latency: { percentile: 95, threshold: 500ms }
              - python: { function: sells, settings: { fewest: 3 } }
        """,
    )
    declared = [check.declaration() for check in deployment(project).checks["BeforeAllowTraffic"]]
    assert declared == [
        {
            "compare": {
                "paths": ("/",),
                "ignore": ("/version",),
                "requests": 1,
                "timeout_seconds": 5.0,
            }
        },
        {
            "burst": {
                "path": "/",
                "requests": 200,
                "at_once": 20,
                "errors_percent": 0,
                "latency": {"percentile": 95, "threshold_seconds": 0.5},
                "timeout_seconds": 5.0,
            }
        },
        {"python": {"function": "sells", "settings": {"fewest": 3}}},
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "shift: {}",
            "shift must have exactly one of canary, linear, all_at_once (it has none)",
        ),
        (
            "shift: { canary: { percent: 10, interval: 0m } }",
            "shift.canary.interval must be whole minutes between 1m and 2880m, not 0s",
        ),
        ("approvals: {}", "approvals is not a known key; did you mean approval?"),
        ("alarms: { server_errors: 0 }", "alarms.server_errors must be at least 1, not '0'"),
        (
            "checks: { Nonsense: [] }",
            "checks.Nonsense is not a known key; known here: BeforeInstall, AfterInstall, AfterA",
        ),
        ("checks: { AfterInstall: {} }", "checks.AfterInstall must be a list, not a mapping"),
        (
            "checks: { AfterInstall: [{ alarms_quiet: }] }",
            "checks.AfterInstall[0].alarms_quiet must be a mapping ({} where it has no keys), "
            "not ''",
        ),
        (
            "checks: { BeforeInstall: [{ http: { path: / } }] }",
            "checks.BeforeInstall[0].http comes too early: green's tasks start after "
            "BeforeInstall; move it to a later event",
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
