"""What CodeDeploy does to listeners and rules, and what clients notice."""

from __future__ import annotations

from collections.abc import Mapping

from prove.story import Story, listeners
from prove.verdict import Verdict, does_not_hold, holds, not_tried, proof, verdict

_NO_ROUTE = "ELASTIC_LOAD_BALANCING_INVALID"


@proof(2, after="release")
def fixed_response(story: Story) -> Verdict:
    """The default action of both listeners is a fixed response, and a release passes."""
    facts = story["release"]
    ended, arns = facts.ended, listeners(story, facts.aimed)
    described = story.place.client("elbv2").describe_listeners(ListenerArns=list(arns.values()))
    kinds = {
        action["Type"]
        for listener in described["Listeners"]
        for action in listener["DefaultActions"]
    }
    if kinds != {"fixed-response"}:
        return not_tried(f"the default actions are {', '.join(sorted(kinds))}")
    if ended.error_code == _NO_ROUTE:
        return does_not_hold(f"{ended.error_code}: {ended.error_message}")
    if facts.events.get("AllowTestTraffic") != "Succeeded":
        return not_tried(f"the release ended before test traffic: {ended.error_message}")
    return holds(f"{ended.status}, AllowTraffic {facts.events.get('AllowTraffic')}")


@proof(8, after="release")
def both_groups(story: Story) -> Verdict:
    """The rule names both groups before and after, the idle one with weight 0."""
    facts = story["release"]
    if facts.ended.error_code == _NO_ROUTE:
        return does_not_hold(f"{facts.ended.error_code}: {facts.ended.error_message}")
    if facts.ended.status != "Succeeded":
        return not_tried(f"the release {facts.ended.status}: {facts.ended.error_message}")
    before = story["deploy"].note("weights of storefront")["production"]
    after = facts.samples[-1].weights["production"]
    return verdict(
        len(before) == 2 and before.keys() == after.keys() and _one_live(before, after),
        f"weights {_text(before)} before and {_text(after)} after; "
        f"AfterInstall {facts.events.get('AfterInstall')}",
    )


def _one_live(before: Mapping[str, int], after: Mapping[str, int]) -> bool:
    live = [name for name, weight in after.items() if weight]
    return len(live) == 1 and before[live[0]] == 0


def _text(weights: Mapping[str, int]) -> str:
    return "/".join(str(weight) for _, weight in sorted(weights.items())) or "none"


@proof(51, after="release")
def no_request_lost(story: Story) -> Verdict:
    """Light traffic through a release of tasks on Fargate."""
    facts = story["release"]
    traffic = facts.traffic
    if traffic is None or facts.ended.status != "Succeeded":
        return not_tried("the release did not pass under traffic")
    # Before the release a new load balancer's name may be unknown here.
    lost = [
        failure
        for failure in traffic.failures
        if facts.ended.created and failure.start >= facts.ended.created.timestamp()
    ]
    failed = traffic.failed - facts.note("failed before")
    statuses = {str(failure.status or failure.error) for failure in lost}
    evidence = f"{failed} of {traffic.requests} requests failed"
    return holds(evidence) if not failed else does_not_hold(f"{evidence}: {', '.join(statuses)}")
