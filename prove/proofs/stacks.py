"""What CloudFormation makes, leaves alone, and deletes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prove.ground import ENVIRONMENT, SERVICES
from prove.story import Story
from prove.verdict import Verdict, does_not_hold, holds, not_tried, proof, verdict


@proof(27, after="mid-shift")
def service_untouched(story: Story) -> Verdict:
    """Stacks were updated with new images, and no service was."""
    touched, updated = [], 0
    for service in SERVICES:
        for event in _events(story, service):
            own = event["ResourceType"] == "AWS::CloudFormation::Stack"
            updated += own and event["ResourceStatus"] == "UPDATE_COMPLETE"
            if event["ResourceType"] == "AWS::ECS::Service" and "UPDATE" in event["ResourceStatus"]:
                touched.append(f"{service}: {event['ResourceStatus']}")
    if touched:
        return does_not_hold(", ".join(touched))
    return (
        holds(f"{updated} stack updates, none touched a service")
        if updated
        else not_tried("no stack was updated")
    )


@proof(31, after="deploy")
def rule_function_at_once(story: Story) -> Verdict:
    """The traffic rules were made at the first try, by roles seconds old."""
    return _made(story, "Custom::TrafficRule")


@proof(37, after="deploy", needs=("firewall",))
def firewall_at_once(story: Story) -> Verdict:
    """A web ACL was associated with a load balancer right after its creation."""
    return _made(story, "AWS::WAFv2::WebACLAssociation")


def _made(story: Story, type_: str) -> Verdict:
    events = [
        event
        for service in SERVICES
        for event in _events(story, service)
        if event["ResourceType"] == type_
    ]
    failed = [each for each in events if each["ResourceStatus"] == "CREATE_FAILED"]
    made = [each for each in events if each["ResourceStatus"] == "CREATE_COMPLETE"]
    if failed:
        return does_not_hold(str(failed[0].get("ResourceStatusReason", "CREATE_FAILED")))
    if not made:
        return not_tried(f"no {type_} was made")
    return holds(f"{len(made)} made, each at the first try")


@proof(32, after="release", needs=("access logs",))
def access_logs(story: Story) -> Verdict:
    """A load balancer wrote its test file into the bucket of the access logs."""
    s3, names = story.place.client("s3"), story.ground.settings.names(ENVIRONMENT)
    buckets = [
        bucket["Name"]
        for bucket in s3.list_buckets()["Buckets"]
        if bucket["Name"].startswith(f"{names.stack('network')}-")
    ]
    keys = [
        each["Key"]
        for bucket in buckets
        for each in s3.list_objects_v2(Bucket=bucket, Prefix="AWSLogs/").get("Contents", [])
    ]
    return verdict(bool(keys), f"{len(keys)} objects below AWSLogs/ in {len(buckets)} buckets")


@proof(28, after="delete")
def deleted_in_one_go(story: Story) -> Verdict:
    """The whole environment went by one cdk destroy, with instances running."""
    facts = story["delete"]
    return _in_one_go(story, f"in {facts.note('seconds')} s, with instances running")


@proof(50, after="delete", needs=("network",))
def hooks_leave_the_network(story: Story) -> Verdict:
    """The hook functions came into the network and out of it again."""
    return _in_one_go(story, f"all stacks were gone after {story['delete'].note('seconds')} s")


def _in_one_go(story: Story, evidence: str) -> Verdict:
    if "mid-shift" not in story.scenes:
        return not_tried("the environment was deleted before the story was over")
    done = story["delete"].note("in one go")
    return verdict(done is True, evidence if done else "the first cdk destroy left stacks behind")


@proof(33, after="delete")
def bucket_left_over(story: Story) -> Verdict:
    """The bucket of the access logs outlives its stack."""
    if story["deploy"].error:
        return not_tried("the environment was never whole")
    found = story["delete"].note("buckets")
    return verdict(
        len(found) == 1, f"{len(found)} buckets were left; that they empty themselves takes days"
    )


def _events(story: Story, service: str) -> Iterator[dict[str, Any]]:
    name = story.ground.settings.names(ENVIRONMENT).stack(service)
    pages = story.place.client("cloudformation").get_paginator("describe_stack_events")
    for page in pages.paginate(StackName=name):
        yield from page["StackEvents"]
