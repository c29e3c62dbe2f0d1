"""What CodeDeploy says of deployments, stops and rollbacks."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from prove.story import Story
from prove.verdict import Verdict, does_not_hold, holds, not_tried, proof, verdict
from slipway.release.notes import LONGEST_DESCRIPTION

_NOT_ALLOWED = "IAM_ROLE_PERMISSIONS"


@proof(4, after="override")
def newest_first(story: Story) -> Verdict:
    """ListDeployments gives the newest first, and a long description came back whole."""
    ids = story["override"].note("deployments")
    created = {
        info["deploymentId"]: info["createTime"]
        for info in story.place.client("codedeploy").batch_get_deployments(deploymentIds=ids)[
            "deploymentsInfo"
        ]
    }
    ordered = ids == sorted(ids, key=lambda id_: created[id_], reverse=True)
    length = len(story["release"].ended.description)
    return verdict(
        ordered and length == LONGEST_DESCRIPTION,
        f"{len(ids)} deployments {'' if ordered else 'not '}in order; "
        f"a description of {length} characters",
    )


@proof(5, after="mid-shift")
def error_codes(story: Story) -> Verdict:
    """A rejected and a stopped deployment carry the codes that messages rely on."""
    expected = {"reject": "HOOK_EXECUTION_FAILURE", "stop": "MANUAL_STOP"}
    seen = {scene: story[scene].ended.error_code for scene in expected}
    if "ALARM_ACTIVE" in seen.values():
        return not_tried("an alarm ended a deployment before its check or its stop did")
    told = ", ".join(f"{scene}: {code}" for scene, code in seen.items())
    return verdict(seen == expected, f"{told}; the other four were not provoked")


@proof(7, after="mid-shift")
def leftover_removed(story: Story) -> Verdict:
    """What a stopped release left behind goes with the next one."""
    stopped, following = story["stop"], story["mid-shift"]
    left = [
        task_set["id"]
        for task_set in stopped.note("task sets")
        if task_set.get("externalId") == stopped.deployment
    ]
    after = {task_set["id"] for task_set in following.note("task sets")}
    ended = following.ended.status
    if not left:
        return not_tried(f"the stopped release left no task set behind; the next one {ended}")
    if ended != "Succeeded":
        return not_tried(f"the next release {ended}: {following.ended.error_message}")
    kept = after & set(left)
    return verdict(
        not kept,
        f"{len(left)} left behind, {len(kept)} of them after the next release, which {ended}",
    )


@proof(11, after="override")
def override_alarms(story: Story) -> Verdict:
    """A rollback runs to its end while an alarm fires."""
    facts = story["override"]
    alarm = facts.note("alarm")
    firing = sum(alarm in each.alarms for each in facts.samples)
    if not firing:
        return not_tried(f"{alarm} was never seen to fire")
    ended = facts.ended
    return verdict(
        ended.status == "Succeeded",
        f"{ended.status} {ended.error_code or ''} with {alarm} firing in {firing} of "
        f"{len(facts.samples)} looks".replace("  ", " "),
    )


@proof(12, 14, after="mid-shift")
def narrow_role(story: Story) -> Verdict:
    """CodeDeploy's role was enough for a release, a rollback and a stop."""
    seen = list(story.deployments)
    refused = [
        f"{scene}: {each.error_message}" for scene, each in seen if each.error_code == _NOT_ALLOWED
    ]
    if refused:
        return does_not_hold(refused[0])
    wanted = {"release", "reject", "ec2", "stop"}
    if missing := wanted - {scene for scene, _ in seen}:
        return not_tried(f"nothing was seen of {', '.join(sorted(missing))}")
    if not any(scene == "release" and each.status == "Succeeded" for scene, each in seen):
        return not_tried("the release did not pass, for another reason")
    return holds(f"{len(seen)} deployments, rollbacks and a stop among them, none refused")


@proof(22, after="mid-shift")
def update_in_mid_shift(story: Story) -> Verdict:
    """Two stack updates during the shift moved no traffic back and disturbed no release."""
    facts = story["mid-shift"]
    updates = facts.note("updates")
    shares = [_green_share(facts.samples[0].weights, each.weights) for each in facts.samples]
    backwards = any(later < earlier for earlier, later in pairwise(shares))
    ended = facts.ended.status
    harmless = all(status.endswith("_COMPLETE") for status in updates.values())
    return verdict(
        ended == "Succeeded" and harmless and not backwards,
        f"the release {ended}; "
        + ", ".join(f"{change}: {status}" for change, status in updates.items())
        + (", traffic moved back" if backwards else ", no traffic moved back"),
    )


def _green_share(first: Mapping[str, Mapping[str, int]], now: Mapping[str, Any]) -> int:
    """Return the weight of the group that had none at first."""
    return sum(
        weight
        for group, weight in now["production"].items()
        if not first["production"].get(group, 0)
    )


@proof(52, after="mid-shift")
def scaling_in_mid_shift(story: Story) -> Verdict:
    """A desired count that changes during a shift does no harm."""
    facts = story["mid-shift"]
    answer, wanted = facts.note("scaling"), facts.note("wanted")
    ended = facts.ended.status
    live = [each for each in facts.note("task sets") if each.get("status") == "PRIMARY"]
    desired = live[0].get("computedDesiredCount", 0) if live else 0
    return verdict(
        ended == "Succeeded",
        f"UpdateService to {wanted}: {answer}; the release {ended}, "
        f"its task set wants {desired} tasks",
    )
