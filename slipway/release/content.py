"""What a revision says, whoever registered it, and what a release of it would change.

A pipeline's CodeDeploy action registers a copy of what the stack registered. So revisions are
compared by what they say, never by their numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway.release.aws import Aws
from slipway.release.errors import aws_errors
from slipway.release.target import Target, short

Fields = Mapping[str, Any]

# What ECS gives back in whatever order it likes, as others have found: undocumented.
_UNORDERED = {"containerDefinitions", "environment", "secrets", "volumes"}
_UNORDERED_TEXTS = {"requiresCompatibilities"}


def registration(ecs: Any, described: Fields) -> dict[str, Any]:
    """Return the fields of a described task definition that RegisterTaskDefinition takes.

    Parameters
    ----------
    ecs
        A boto3 ECS client; its service model knows the fields.
    described
        The ``taskDefinition`` of DescribeTaskDefinition.

    See https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
    """
    register = ecs.meta.service_model.operation_model("RegisterTaskDefinition")
    return {key: value for key, value in described.items() if key in register.input_shape.members}


def content(aws: Aws, revision: str) -> dict[str, Any]:
    """Read what a revision says: an ARN, or ``family:revision``.

    Raises
    ------
    AwsError
        When AWS refuses or can't be reached.
    """
    with aws_errors(f"read the task definition {short(revision)}"):
        described = aws.ecs.describe_task_definition(taskDefinition=revision)["taskDefinition"]
    return registration(aws.ecs, described)


def differences(wanted: Fields, actual: Fields) -> tuple[str, ...]:
    """Name the fields in which two revisions differ: ``cpu``, ``storefront.image``; tags don't.

    Parameters
    ----------
    wanted, actual
        Inputs of RegisterTaskDefinition, or what `content` returns.
    """
    wanted, actual = _plain(wanted), _plain(actual)
    names = [
        name for name in _differing(wanted, actual) if name not in {"containerDefinitions", "tags"}
    ]
    ours, theirs = _containers(wanted), _containers(actual)
    for container in sorted({*ours, *theirs}):
        if container in ours and container in theirs:
            differing = _differing(ours[container], theirs[container])
            names += [f"{container}.{field}" for field in differing]
        else:
            names.append(container)
    return tuple(names)


def what_a_release_changes(
    aws: Aws, target: Target, live: Fields | None, wanted: Fields | None = None
) -> tuple[str, ...]:
    """Name what a release would change of what is live; nothing if it would change nothing.

    Hooks count for nothing: they say how a release is done, not what it leaves behind.

    Parameters
    ----------
    live
        The PRIMARY task set as ECS describes it, or None.
    wanted
        The content of the target's revision, where it was read already.

    Raises
    ------
    AwsError
        When AWS refuses or can't be reached.
    """
    if live is None:
        return ("its first tasks",)
    changed: tuple[str, ...] = ()
    if short(live["taskDefinition"]) != short(target.revision):
        wanted = wanted or content(aws, target.revision)
        changed = differences(wanted, content(aws, live["taskDefinition"]))
    return (*changed, *_placement(target, live))


def _placement(target: Target, live: Fields) -> list[str]:
    """Compare what an AppSpec says besides the revision.

    See https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskSet.html
    """
    changed = []
    network = (live.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
    if set(target.network.subnets) != set(network.get("subnets") or ()):
        changed.append("subnets")
    if set(target.network.security_groups) != set(network.get("securityGroups") or ()):
        changed.append("security groups")
    if target.network.assign_public_ip != network.get("assignPublicIp", "DISABLED"):
        changed.append("public addresses")
    strategy = {
        (each["capacityProvider"], each.get("base", 0), each.get("weight", 0))
        for each in live.get("capacityProviderStrategy") or ()
    }
    wanted = {(each.name, each.base, each.weight) for each in target.capacity_provider_strategy}
    if strategy != wanted:
        changed.append("capacity providers")
    version = target.released_platform_version
    if version not in {None, "LATEST", live.get("platformVersion")}:
        changed.append("platform version")
    return changed


def _differing(ours: Fields, theirs: Fields) -> list[str]:
    return sorted(key for key in {*ours, *theirs} if ours.get(key) != theirs.get(key))


def _containers(plain: Fields) -> dict[str, Fields]:
    return {each["name"]: each for each in plain.get("containerDefinitions", [])}


def _plain(value: Any, key: str = "") -> Any:
    """Leave out what is empty, and sort what has no order."""
    if isinstance(value, Mapping):
        items = {name: _plain(inner, name) for name, inner in value.items()}
        return {name: inner for name, inner in items.items() if inner not in (None, "", [], {})}
    if isinstance(value, list | tuple):
        plain = [_plain(each) for each in value]
        if key in _UNORDERED:
            return sorted(plain, key=lambda each: str(each.get("name")))
        return sorted(plain) if key in _UNORDERED_TEXTS else plain
    return value
