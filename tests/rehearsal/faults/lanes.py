"""The lanes: copies of one service, each with a load balancer and a deployment group of its own.

Faults mostly wait, so several are carried out at once, one on each lane.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import yaml

from faults.versions import SOURCE
from slipway.rehearsal.environment import ENVIRONMENT
from slipway.rehearsal.workspace import Workspace

PROJECT = Path(__file__).resolve().parents[3]
# No more: one process plays AWS for all of them.
NAMES = ("alpha", "bravo", "charlie")

# The hour that a hook and an installation have takes fifteen seconds, twenty-five minutes take six,
# and a task's grace period is five seconds.
TIME_SCALE = 0.004
PATIENCE = 0.25

TASKS = 2

# Faults of the image are found by its scan at whichever event a fault keeps the hook of.
_SCAN = {"image_scan": {"allowed": "medium"}}

SETTINGS = {
    "port": 8080,
    "cpu": 256,
    "memory": "512MiB",
    "load_balancer": {
        "scheme": "internet-facing",
        "port": 8080,
        "test_port": 9000,
        "idle_timeout": "60s",
        "deregistration_delay": "15s",
    },
    # Processes start in real time: with checks as frequent as time runs here, each would be found
    # unhealthy before it listens. Four seconds of failed checks make a target unhealthy.
    "health_check": {
        "path": "/health",
        "interval": "200s",
        "timeout": "100s",
        "healthy_threshold": 2,
        "unhealthy_threshold": 5,
    },
    "stop_timeout": "60s",
    "secrets": {"TOKEN": {"name": "token", "key": "key"}},
    # Without headroom: each release would first wait for a third task.
    "scaling": {"min": TASKS, "max": 4, "cpu_percent": 60, "headroom_percent": 0},
    "deployment": {
        "shift": {"all_at_once": {}},
        "termination_wait": "25m",
        # A second of the share that a canary gets is to be enough.
        "alarms": {"server_errors": 2, "latency": {"percentile": 99, "threshold": "5s"}},
        "checks": {
            "BeforeInstall": [_SCAN, {"alarms_quiet": {}}],
            "AfterInstall": [_SCAN, {"targets_healthy": {}}],
            "AfterAllowTestTraffic": [
                _SCAN,
                {
                    "http": {
                        "path": "/stock",
                        "body": "umbrella",
                        "requests": 5,
                        "latency": {"percentile": 95, "threshold": "1s"},
                    }
                },
            ],
            "BeforeAllowTraffic": [_SCAN, {"targets_healthy": {}}, {"alarms_quiet": {}}],
            "AfterAllowTraffic": [_SCAN, {"alarms_quiet": {}}],
        },
    },
}


def lane_count(faults: int) -> int:
    """Return how many lanes this machine carries, and as many as there are faults at most."""
    # Of the processors, those that this process may use.
    processors = len(os.sched_getaffinity(0))
    return max(1, min(faults, len(NAMES), max(2, processors)))


def prepare(workspace: Workspace, lanes: int) -> None:
    """Put the lanes in the place of the project's own services."""
    services = workspace.directory / "services"
    source = workspace.directory / "source" / SOURCE
    shutil.copytree(services / SOURCE, source)
    shutil.rmtree(services)
    for name in NAMES[:lanes]:
        shutil.copytree(source, services / name)
        # As JSON, which is YAML: no anchors.
        (services / name / "service.yaml").write_text(json.dumps(SETTINGS, indent=2))
    lock = workspace.directory / "environments" / f"{ENVIRONMENT}.lock.yaml"
    lock.write_text(yaml.safe_dump({"services": {}}))
