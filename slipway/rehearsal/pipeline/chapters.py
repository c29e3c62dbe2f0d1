"""The chapters of the story, each a push and what came of it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from slipway.rehearsal.errors import RehearsalError
from slipway.rehearsal.pipeline.accident import kill_build
from slipway.rehearsal.pipeline.changes import CALLED, NEW_SERVICE, SERVICE
from slipway.rehearsal.pipeline.client import ENDED
from slipway.rehearsal.pipeline.scene import AT_STAKE, TRIED, Scene
from slipway.rehearsal.releases import happens

_BASELINE = timedelta(seconds=3)
_REFUSAL = "Not on a Friday"

# The check that a storefront must fail which greets with other words.
_REJECTING_EVENT = "AfterAllowTestTraffic"


def first_run(scene: Scene) -> None:
    """Follow what the creation of the pipeline has started: it creates every environment."""
    check = scene.checks.check
    execution = scene.begun("the first run, which creates every environment")
    status, proved = scene.follow_and_approve(execution, "Open the shop")
    check(
        "the first run creates every environment",
        status == "Succeeded",
        scene.why(execution) or ", ".join(scene.environments),
    )
    if status != "Succeeded":
        raise RehearsalError("the first run has failed, and nothing can be released after it")
    for environment in scene.environments:
        answer = scene.estate.ask(environment, SERVICE, "/")
        served = (answer["version"], (answer.get(CALLED) or {}).get("version"))
        check(
            f"version 1 is served in {environment}, and calls {CALLED} there",
            served == ("1", "1"),
            scene.estate.settings.url(environment, SERVICE),
        )
    scene.check_digests(execution, proved, built=SERVICE)


def refused_then_approved(scene: Scene) -> None:
    """Change code: it is released where it is tried, refused where it is at stake, and approved."""
    check = scene.checks.check
    scene.tell("A change of the storefront's code: git push")
    scene.changes.next_version("1", "2")
    since = datetime.now(UTC)
    execution = scene.push("Version 2 of the storefront", f"version 2 of {SERVICE}")
    approval = scene.follow_until_asked(execution)
    if approval is None:
        check(f"somebody is asked before {AT_STAKE}", False, scene.why(execution))
        return
    check(
        f"version 2 is released in {TRIED} before somebody is asked",
        scene.serves(TRIED, "2"),
        scene.counts(TRIED),
    )
    scene.tell(f"{approval.action}: refused")
    scene.pipeline.answer(approval, agree=False, words=_REFUSAL)
    status = scene.follow_to_the_end(execution)
    refused = [
        failure.message
        for failure in scene.pipeline.failures(execution)
        if failure.action == approval.action
    ]
    check(
        "a refused approval stops the pipeline, and says so",
        status == "Failed" and any(_REFUSAL in message for message in refused),
        "; ".join(refused) or status,
    )
    scene.check_untouched(AT_STAKE, since, "after the refusal", version="1")
    scene.retry(execution, approval.stage)
    status, proved = scene.follow_and_approve(execution, "On Monday, then")
    check(
        f"approved, version 2 is released in {AT_STAKE}",
        status == "Succeeded" and scene.serves(AT_STAKE, "2"),
        scene.why(execution) or scene.counts(AT_STAKE),
    )
    scene.check_digests(execution, proved, built=SERVICE)


def new_service(scene: Scene) -> None:
    """Add a folder: the pipeline changes itself, starts again, builds and deploys the service."""
    check = scene.checks.check
    scene.tell(f"A new folder, services/{NEW_SERVICE}: git push, and no more")
    version = scene.pipeline.version()
    scene.changes.new_service()
    first = scene.push(f"A service: {NEW_SERVICE}", f"the new service {NEW_SERVICE}")
    status = scene.follow(first)
    if status == "Failed":
        check("the pipeline changes itself, and starts again", False, scene.why(first))
        raise RehearsalError(f"{NEW_SERVICE} was not built, and nothing can be said of it")
    again = scene.begun(f"{NEW_SERVICE}, by the pipeline as it is now")
    check(
        "the pipeline changes itself, and starts again",
        scene.pipeline.version() > version and status in ENDED - {"Succeeded"},
        f"from version {version} to {scene.pipeline.version()}; what began as another one is "
        f"{status}",
    )
    status, proved = scene.follow_and_approve(
        again, f"{NEW_SERVICE} may come", meanwhile=lambda: _killed_and_retried(scene, again)
    )
    check(
        "the new service is built and deployed without a further command",
        status == "Succeeded",
        scene.why(again) or scene.commit_of(again),
    )
    for environment in scene.environments:
        answer = scene.estate.ask(environment, NEW_SERVICE, "/version")
        check(
            f"{NEW_SERVICE} answers in {environment}",
            answer.get("version") == "1",
            scene.estate.settings.url(environment, NEW_SERVICE),
        )
    scene.check_digests(again, proved, built=NEW_SERVICE)


def rejected(scene: Scene) -> str:
    """Change what only hooks find wrong, and only where it is tried; return the commit."""
    check = scene.checks.check
    scene.tell(f"Version 3, which greets with wrong words in {TRIED}: git push")
    scene.changes.rejected_in(TRIED, old="2", new="3")
    since = datetime.now(UTC)
    execution = scene.push("Version 3 of the storefront", f"version 3 of {SERVICE}, wrong")
    status = scene.follow(execution)
    failures = scene.pipeline.failures(execution)
    check(
        f"a hook rejects version 3 in {TRIED}",
        status == "Failed"
        and [failure.stage for failure in failures] == [scene.stage_of(TRIED)]
        and _rejected_at(scene, execution) == [_REJECTING_EVENT],
        "; ".join(str(failure) for failure in failures) or status,
    )
    if happens(lambda: len(scene.pipeline.executions()) > len(scene.titles)):
        scene.follow(scene.begun(f"the rollback of {scene.stage_of(TRIED)}"))
    time.sleep(_BASELINE.total_seconds())
    check(f"version 2 serves {TRIED} afterwards", scene.serves(TRIED, "2"), scene.counts(TRIED))
    scene.check_untouched(AT_STAKE, since, "by version 3", version="2")
    return scene.developer.head


def against_policy(scene: Scene, rejected: str) -> None:
    """Change templates so that policy forbids them: nothing is deployed anywhere."""
    check = scene.checks.check
    scene.tell("Version 3 is taken back, and keys rotate no more: git push")
    scene.developer.revert(rejected)
    scene.changes.against_policy()
    since = datetime.now(UTC)
    execution = scene.push("No rotation of keys", "templates that policy forbids")
    status = scene.follow(execution)
    failures = scene.pipeline.failures(execution)
    check(
        "templates that policy forbids stop before anything is deployed",
        status == "Failed"
        and [(failure.stage, failure.action) for failure in failures] == [("Build", "Synth")]
        and any("Rotation" in line for failure in failures for line in failure.log),
        "; ".join(f"{failure.stage}, {failure.action}" for failure in failures) or status,
    )
    touched = [
        each
        for environment in (None, *scene.environments)
        for each in scene.evidence.touched(environment, since)
    ]
    check("no stack of any account is touched by it", not touched, "; ".join(touched[:3]))


def _killed_and_retried(scene: Scene, execution: str) -> None:
    """Let the machine of a build go in the middle of a release to what is at stake."""
    stage = scene.estate.settings.names(AT_STAKE).stage
    action = f"{stage}-Render"
    build, cloud = scene.follow_until_built(execution, action), scene.rehearsed.cloud.pid
    if build is None or cloud is None:
        scene.checks.check(f"{action} runs", False, scene.why(execution))
        return
    scene.tell(f"The build of {action} is killed")
    kill_build(cloud, build)
    status = scene.follow(execution)
    failures = scene.pipeline.failures(execution)
    scene.checks.check(
        "a build that was killed fails its action, and the execution stops there",
        status == "Failed" and [failure.action for failure in failures] == [action],
        "; ".join(failure.message for failure in failures) or status,
    )
    scene.retry(execution, stage)


def _rejected_at(scene: Scene, execution: str) -> list[str]:
    """Name the lifecycle events that failed where changes are tried."""
    read = scene.reader.execution(execution, "")
    return [
        event.name
        for each in scene.evidence.deployments((read,), (SERVICE,))
        if each.execution == execution and each.environment == TRIED
        for event in each.deployment.events
        if event.status == "Failed"
    ]
