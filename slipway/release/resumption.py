"""Scaling that rests while a deployment is unfinished, whoever made it and whoever watches."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from botocore.exceptions import ClientError

from slipway.release import scaling
from slipway.release.aws import Aws
from slipway.release.errors import TargetError, aws_errors, code
from slipway.release.history import UNFINISHED
from slipway.release.target import Target

_SERVICES = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}

_GONE = frozenset({"ApplicationDoesNotExistException", "DeploymentGroupDoesNotExistException"})


def suspend_during(
    aws: Aws, *, cluster: str, application: str, deployment_group: str
) -> tuple[str, ...]:
    """Suspend the scaling of a deployment group's service, if a deployment of it is unfinished.

    Whoever releases with `slipway.release` has done so before. A deployment may also come from a
    pipeline's action that was tried again, or from the console; or scaling was resumed between the
    preparation and the deployment.

    Returns
    -------
    tuple
        The services whose scaling was suspended: the one, or none.

    Raises
    ------
    AwsError
        When AWS refuses or can't be reached.
    """
    services = _services(aws, cluster, application, deployment_group)
    if not services or not _is_released(aws, application, deployment_group):
        return ()
    # What rests in part rests as a release wants it: scheduled scaling wakes who sleeps.
    found = services & _scalable(aws, cluster, lambda state: not any(state))
    for service in sorted(found):
        scaling.rest(aws, cluster=cluster, service=service)
    return tuple(sorted(found))


def resume_after(
    aws: Aws, *, cluster: str, application: str, deployment_group: str
) -> tuple[str, ...]:
    """Resume the scaling of a deployment group's service, if no deployment of it is unfinished.

    A failed deployment may have started a rollback: then the end of that one will do it.

    Returns
    -------
    tuple
        The services that scale again: the one, or none.

    Raises
    ------
    AwsError
        When AWS refuses or can't be reached.
    """
    services = _services(aws, cluster, application, deployment_group)
    if not services or _is_released(aws, application, deployment_group):
        return ()
    return _resume(aws, cluster, services & _scalable(aws, cluster, any))


def resume_left_behind(aws: Aws, *, cluster: str, stack_prefix: str) -> tuple[str, ...]:
    """Resume the scaling of every service of a cluster that is suspended without a deployment.

    CodeDeploy's events arrive on best effort only, and who suspended scaling may never have come
    to create a deployment. One that is just being started suspends it again when its deployment is
    there. Only services whose scaling is suspended altogether count, as a release does it: whoever
    suspends one kind by hand, while nothing is released, keeps it so.

    Parameters
    ----------
    stack_prefix
        What the names of the Service stacks begin with, such as ``shop-prod-``.

    Returns
    -------
    tuple
        The services that scale again.

    Raises
    ------
    AwsError
        When AWS refuses or can't be reached.

    See https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-codedeploy.html
    """
    left = set()
    for service in _scalable(aws, cluster, all):
        try:
            target = Target.from_stack(aws.cloudformation, f"{stack_prefix}{service}")
        except TargetError as error:
            # One stack that is being deleted must not keep the others from scaling.
            print(f"{service} is left as it is: {error}", flush=True)
            continue
        if not _is_released(aws, target.application, target.deployment_group):
            left.add(service)
    return _resume(aws, cluster, left)


def _services(aws: Aws, cluster: str, application: str, deployment_group: str) -> set[str]:
    """Find the services of a deployment group in a cluster; none where the group is gone."""
    with aws_errors(f"read the deployment group {deployment_group}"):
        try:
            group = aws.codedeploy.get_deployment_group(
                applicationName=application, deploymentGroupName=deployment_group
            )["deploymentGroupInfo"]
        except ClientError as error:
            if code(error) not in _GONE:
                raise
            return set()
    return {
        each["serviceName"]
        for each in group.get("ecsServices", [])
        if each["clusterName"].rsplit("/", 1)[-1] == cluster
    }


def _scalable(aws: Aws, cluster: str, wanted: Callable[[Iterable[bool]], bool]) -> set[str]:
    """Find the services of a cluster that scale, by which kinds of their scaling are suspended."""
    prefix = f"service/{cluster}/"
    with aws_errors(f"read what scales in the cluster {cluster}"):
        pages = aws.application_autoscaling.get_paginator("describe_scalable_targets").paginate(
            **_SERVICES
        )
        return {
            target["ResourceId"].removeprefix(prefix)
            for page in pages
            for target in page["ScalableTargets"]
            if target["ResourceId"].startswith(prefix)
            and wanted((target.get("SuspendedState") or {"": False}).values())
        }


def _is_released(aws: Aws, application: str, deployment_group: str) -> bool:
    with aws_errors(f"list the deployments of {deployment_group}"):
        unfinished = aws.codedeploy.list_deployments(
            applicationName=application,
            deploymentGroupName=deployment_group,
            includeOnlyStatuses=list(UNFINISHED),
        )["deployments"]
    return bool(unfinished)


def _resume(aws: Aws, cluster: str, services: set[str]) -> tuple[str, ...]:
    for service in sorted(services):
        scaling.resume(aws.application_autoscaling, cluster=cluster, service=service)
    return tuple(sorted(services))
