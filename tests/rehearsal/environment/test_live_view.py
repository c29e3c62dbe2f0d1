"""A release as a person sees it in a terminal, and the report that it leaves."""

import contextlib
import json
import re
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

import jsonschema
import pytest

from environment.terminal import Terminal
from slipway.cli.schemas import schema_of

PROJECT = Path(__file__).resolve().parents[3]
EVENTS = (
    *("BeforeInstall", "Install", "AfterInstall", "AllowTestTraffic", "AfterAllowTestTraffic"),
    *("BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic"),
)
RELEASE = (
    *(sys.executable, "-m", "slipway", "release", "storefront", "--local", "--force"),
    # On a busy machine tasks start slowly, and an alarm about that is not what is tested here.
    *("--ignore-alarms", "the machine may be busy"),
)


@pytest.fixture
def visited(released):
    """Let somebody visit the service all the time, with no release but the test's own."""
    over = threading.Event()

    def visit():
        while not over.wait(0.02):
            with contextlib.suppress(OSError):
                released.get()

    released.wait_for_the_end_of_releases()
    visitor = threading.Thread(target=visit)
    visitor.start()
    yield released
    over.set()
    visitor.join()
    released.wait_for_the_end_of_releases()


def report_of(folder, deployment):
    page = folder / f"build/releases/storefront-local-{deployment}.html"
    report = json.loads(page.with_suffix(".json").read_text())
    jsonschema.validate(report, schema_of("release-report"))
    return report, page.read_text()


def keep_for_the_browser(folder, deployment):
    """Leave the page where `make test-browser` looks for it."""
    kept = PROJECT / "build" / "releases"
    kept.mkdir(parents=True, exist_ok=True)
    shutil.copy(folder / f"build/releases/storefront-local-{deployment}.html", kept)


def test_a_release_is_shown_live_and_leaves_a_report(visited, slipway_environment):
    terminal = Terminal()
    exit_code, output = terminal.run(RELEASE, **slipway_environment)
    assert exit_code == 0, terminal.last
    deployment = output.strip()
    assert re.fullmatch(r"d-\w+", deployment)

    # While it ran: both sides, what ran, what the metrics said.
    seen = "\n".join(terminal.frames)
    assert "▶ Install for" in seen
    assert re.search(r"blue   █+ 100 %", seen)
    assert re.search(r"green  █+ 100 %", seen)
    assert re.search(r"(blue|green) +\d+\.\d +\d+\.\d % +[\d,]+ ms +[\d,]+ ms", seen)

    # What stays: the tellings, one view below them, and where the report is.
    last = terminal.last
    assert last.count("storefront → local") == 1, "it is redrawn in place"
    told, view = last.split("storefront → local")
    assert "AllowTraffic succeeded" in told
    assert "✓ All traffic is on green" in view
    for event in EVENTS:
        assert f"✓ {event}" in view
    assert f"Report: build/releases/storefront-local-{deployment}.html" in view

    report, page = report_of(slipway_environment["cwd"], deployment)
    assert report["outcome"] == "live"
    assert report["samples"][0]["blue"]["traffic_percent"] == 100
    assert report["samples"][-1]["green"]["traffic_percent"] == 100
    assert report["samples"][-1]["green"]["healthy"] >= 1
    green = report["samples"][-1]["green"]["target_group"]
    answered = [each for each in report["requests"][green] if each["requests"]]
    assert answered
    assert all(0 < each["p50_ms"] <= each["p99_ms"] for each in answered)
    assert not report["unknown"]
    assert {each["state"] for each in report["alarms"]} <= {"OK", "ALARM", "INSUFFICIENT_DATA"}
    assert len(report["alarms"]) >= len(visited.target.alarms)
    keep_for_the_browser(slipway_environment["cwd"], deployment)
    assert "<polyline" in page


@pytest.mark.long
def test_who_leaves_and_comes_back_finds_one_report_of_both(visited, slipway_environment):
    left = []

    def leave(frame, process):
        # Whichever event is seen under way: a short one may begin and end between two looks.
        if "▶ " in frame and not left:
            left.append(process.send_signal(signal.SIGINT))

    environment = {**slipway_environment["env"], "NO_COLOR": "1"}
    terminal, where = Terminal(columns=60), slipway_environment["cwd"]
    exit_code, output = terminal.run(RELEASE, cwd=where, env=environment, look=leave)
    assert exit_code == 130
    assert not output
    assert "goes on without us: follow it with slipway watch" in " ".join(terminal.last.split())
    assert not re.search(r"\x1b\[[\d;]*(3|9)\dm", terminal.raw), "NO_COLOR asks for none"
    (deployment,) = set(re.findall(r"storefront-local-(d-\w+)\.html", terminal.last))
    first, page = report_of(where, deployment)
    assert first["outcome"] == "left"
    assert "was left under way" in page

    time.sleep(1)
    watch = [sys.executable, "-m", "slipway", "watch", "storefront", "--local", "--plain"]
    terminal = Terminal()
    exit_code, output = terminal.run(watch, cwd=where, env=environment)
    assert (exit_code, output.strip()) == (0, deployment), terminal.last
    assert "\x1b" not in terminal.raw
    assert "Deployment" in terminal.last
    whole, _ = report_of(where, deployment)
    assert whole["outcome"] == "live"
    assert whole["samples"][0] == first["samples"][0]
    assert len(whole["samples"]) > len(first["samples"])
    assert whole["deployments"][0]["status"] == "Succeeded"
