"""What the hook functions may do, and what they see."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from prove.story import Facts, MissingError, Story
from prove.verdict import Verdict, does_not_hold, holds, not_tried, proof, verdict
from slipway.release.render import HOOK_EVENTS


@proof(1, after="release")
def hooks_report(story: Story) -> Verdict:
    """Every hook reported to CodeDeploy."""
    facts = story["release"]
    reported = [event for event in HOOK_EVENTS if facts.events.get(event) == "Succeeded"]
    if reported:
        return holds(f"{len(reported)} of {len(HOOK_EVENTS)} hooks reported that they passed")
    for event in HOOK_EVENTS:
        for message in _messages(story, facts, event):
            if "PutLifecycleEventHookExecutionStatus" in message:
                return does_not_hold(f"{event}: {message[:160]}")
    return not_tried(f"no hook passed: {facts.ended.error_message}")


@proof(6, after="reject")
def rollback_without_hooks(story: Story) -> Verdict:
    """The deployment that takes a rejected one back runs no hooks."""
    facts = story["reject"]
    if facts.rollback is None:
        return not_tried(f"{facts.ended.status}, and no rollback followed")
    ran = [event for event in HOOK_EVENTS if _log(story, facts.rollback, event)]
    return verdict(
        not ran,
        f"the rollback {facts.rollback.ended.status}; hooks that logged it: "
        f"{', '.join(ran) or 'none'}; the release had no production traffic yet",
    )


@proof(9, after="release")
def green_is_known(story: Story) -> Verdict:
    """ECS names the deployment in green's task set, before test traffic."""
    facts = story["release"]
    lines = _log(story, facts, "AfterInstall")
    if not lines:
        return not_tried("AfterInstall logged nothing")
    # The hook looks for the task set with the deployment's id.
    if not any("green is" in line.get("detail", "") for line in lines):
        return does_not_hold(f"AfterInstall found no green: {lines[0].get('detail', '')}"[:200])
    desired = [
        task_set.get("computedDesiredCount", 0)
        for each in facts.samples
        for task_set in each.task_sets
        if task_set.get("externalId") == facts.deployment
    ]
    return holds(
        f"AfterInstall found green; externalId in {len(desired)} looks from here, "
        f"desired {max(desired, default='unknown')}"
    )


@proof(10, after="release")
def appspec_by_hash(story: Story) -> Verdict:
    """GetApplicationRevision gives back the AppSpec for its sha256."""
    facts = story["release"]
    codedeploy = story.place.client("codedeploy")
    info = codedeploy.get_deployment(deploymentId=facts.deployment)["deploymentInfo"]
    sha256 = info["revision"]["appSpecContent"]["sha256"]
    answer = codedeploy.get_application_revision(
        applicationName=facts.aimed.application,
        revision={"revisionType": "AppSpecContent", "appSpecContent": {"sha256": sha256}},
    )
    content = answer["revision"].get("appSpecContent", {}).get("content", "")
    return verdict(facts.aimed.revision in content, f"{len(content)} characters for {sha256[:12]}…")


@proof(13, after="release")
def alarms_by_arn(story: Story) -> Verdict:
    """The check alarms_quiet may call DescribeAlarms."""
    return _check(story, "BeforeInstall", "alarms_quiet")


@proof(26, after="release", needs=("firewall",))
def hooks_pass_firewall(story: Story) -> Verdict:
    """The check http got its answers from behind the firewall."""
    return _check(story, "AfterAllowTestTraffic", "http")


@proof(43, after="release", needs=("network",))
def private_addresses(story: Story) -> Verdict:
    """The hooks asked green at the load balancer's private addresses."""
    return _check(story, "AfterAllowTestTraffic", "http")


def _check(story: Story, event: str, check: str) -> Verdict:
    facts = story["release"]
    lines = [line for line in _log(story, facts, event) if line.get("check") == check]
    if not lines:
        return not_tried(f"the log of {event} has no line of {check}")
    failed = [line for line in lines if line.get("outcome") != "passed"]
    detail = str((failed or lines)[0].get("detail", ""))
    return verdict(not failed, f"{check} at {event}: {detail}"[:200])


def _log(story: Story, facts: Facts, event: str) -> list[dict[str, Any]]:
    """Read the structured lines of a hook about the facts' deployment."""
    found = []
    for message in _messages(story, facts, event):
        try:
            line = json.loads(message)
        except ValueError:
            continue
        if isinstance(line, dict) and line.get("deployment_id") == facts.deployment:
            found.append(line)
    return found


def _messages(story: Story, facts: Facts, event: str) -> list[str]:
    """Read a hook's log since the release began.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
    """
    created = facts.ended.created or datetime.now(UTC) - timedelta(hours=1)
    function = facts.aimed.hooks.get(event)
    if function is None:
        raise MissingError(f"the service has no hook for {event}")
    logs = story.place.client("logs")
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=f"/aws/lambda/{function}",
        startTime=int((created - timedelta(seconds=5)).timestamp() * 1000),
    )
    return [event["message"] for page in pages for event in page["events"]]
