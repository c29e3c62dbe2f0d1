"""The chapters of the story: services under load, a release that goes well, one that must not."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import timedelta

from slipway.rehearsal.load import Load
from slipway.rehearsal.releases import wait_until
from slipway.rehearsal.scene import CALLED, SERVICE, Scene, counts
from slipway.release.render import HOOK_EVENTS

_BASELINE = timedelta(seconds=3)
# Requests a second for each service, and what is asked for. Whoever asks the storefront also has
# it ask the inventory.
_LOADS: Mapping[str, tuple[float, tuple[str, ...]]] = {
    SERVICE: (60, ("/", "/version")),
    CALLED: (20, ("/stock", "/version")),
}

# What is wrong with version 3: its home page answers 500 while its health check is fine.
_HOME_FILE = f"services/{SERVICE}/{SERVICE}/app.py"
# The check that it must fail.
_REJECTING_EVENT = "AfterAllowTestTraffic"


def serve(scene: Scene, stack: ExitStack) -> None:
    """Put a load on each service until the stack ends, and see what answers."""
    environment = scene.environment
    for service, (rate, paths) in _LOADS.items():
        scene.loads[service] = stack.enter_context(
            Load(
                environment.address(service),
                environment.folders.run / f"traffic-{service}.jsonl",
                rate=rate,
                paths=paths,
            )
        )
    for service, load in scene.loads.items():
        wait_until(
            lambda load=load: bool(load.snapshot().versions),  # type: ignore[misc]
            f"{service} did not answer: see {environment.cloud.log}",
        )
        scene.tell(
            f"{environment.address(service)} serves {service}; a constant load is on it from now on"
        )
    time.sleep(_BASELINE.total_seconds())
    for service, load in scene.loads.items():
        served = load.snapshot()
        scene.checks.check(
            f"version 1 of {service} is served",
            set(served.versions) == {"1"},
            counts(served),
        )
    scene.check_call("1")
    scene.check_placement()


def release_version_2(scene: Scene, service: str) -> None:
    """Release a version that is well: all clients move to it."""
    check, load = scene.checks.check, scene.loads[service]
    scene.tell(f"Version 2 of {service}: build, push, cdk deploy, then release it")
    scene.edit_version(service, "1", "2")
    deployment = scene.releases.release(service, load, f"version 2 of {service}")
    check(
        f"version 2 of {service} is released",
        deployment.status == "Succeeded",
        deployment.message or deployment.status,
    )
    passed = [
        event.name for event in deployment.events if event.hook and event.status == "Succeeded"
    ]
    check(
        f"CodeDeploy ran all five hooks of {service}",
        passed == list(HOOK_EVENTS),
        ", ".join(passed) or "none succeeded",
    )
    served = load.snapshot()
    check(
        f"clients of {service} moved from version 1 to version 2",
        served.share == {"2": 1.0} and "1" in served.versions,
        served.origin,
    )


def reject_version_3(scene: Scene) -> None:
    """Release a version that is broken: a hook rejects it, and no client meets it."""
    check, load = scene.checks.check, scene.loads[SERVICE]
    scene.tell(f"Version 3 of {SERVICE}, whose home page is broken: its hooks must reject it")
    scene.edit_version(SERVICE, "2", "3")
    scene.environment.workspace.edit(_HOME_FILE, "status_code=200", "status_code=500")
    deployment = scene.releases.release(SERVICE, load, f"version 3 of {SERVICE}, broken")
    rejected_at = [event.name for event in deployment.events if event.status == "Failed"]
    check(
        "the test traffic check rejects version 3",
        deployment.status == "Failed" and rejected_at == [_REJECTING_EVENT],
        f"{deployment.status} at {', '.join(rejected_at) or 'no event'}",
    )
    rollbacks = scene.releases.rollbacks_of(deployment)
    check(
        "CodeDeploy rolls version 3 back",
        [rollback.status for rollback in rollbacks] == ["Succeeded"],
        ", ".join(f"{d.id}: {d.status}" for d in rollbacks) or "no rollback",
    )
    time.sleep(_BASELINE.total_seconds())
    check(
        "version 2 is live afterwards",
        load.snapshot().share == {"2": 1.0},
        counts(load.snapshot()),
    )
