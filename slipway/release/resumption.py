"""Scaling that a release suspended, resumed when nobody watches any more."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

from botocore.exceptions import ClientError

from slipway.release import scaling
from slipway.release.aws import Aws
from slipway.release.errors import TargetError, aws_errors, code
from slipway.release.history import UNFINISHED
from slipway.release.target import Target

# Whoever releases suspends scaling first, and creates the deployment in the next moment.
_BETWEEN_SUSPENSION_AND_DEPLOYMENT = timedelta(seconds=20)

_GONE = frozenset({"ApplicationDoesNotExistException", "DeploymentGroupDoesNotExistException"})


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
    with aws_errors(f"read the deployment group {deployment_group}"):
        try:
            group = aws.codedeploy.get_deployment_group(
                applicationName=application, deploymentGroupName=deployment_group
            )["deploymentGroupInfo"]
        except ClientError as error:
            if code(error) not in _GONE:
                raise
            return ()
    services = {
        each["serviceName"]
        for each in group.get("ecsServices", [])
        if each["clusterName"].rsplit("/", 1)[-1] == cluster
    }
    if not services or _is_released(aws, application, deployment_group):
        return ()
    return _resume(aws, cluster, services.intersection(_suspended(aws, cluster)))


def resume_left_behind(
    aws: Aws,
    *,
    cluster: str,
    stack_prefix: str,
    pause: timedelta = _BETWEEN_SUSPENSION_AND_DEPLOYMENT,
) -> tuple[str, ...]:
    """Resume the scaling of every service of a cluster that no unfinished deployment has suspended.

    CodeDeploy's events arrive on best effort only, and who suspended scaling may never have come
    to create a deployment. So it looks at what is, twice: a release that is just being started
    has its deployment at the second look.

    Parameters
    ----------
    stack_prefix
        What the names of the Service stacks begin with, such as ``shop-prod-``.
    pause
        The time between the two looks.

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
    left = _left_behind(aws, cluster, stack_prefix)
    if left:
        time.sleep(pause.total_seconds())
        left &= _left_behind(aws, cluster, stack_prefix)
    return _resume(aws, cluster, left)


def _left_behind(aws: Aws, cluster: str, stack_prefix: str) -> set[str]:
    left = set()
    for service in _suspended(aws, cluster):
        try:
            target = Target.from_stack(aws.cloudformation, f"{stack_prefix}{service}")
            released = _is_released(aws, target.application, target.deployment_group)
        except TargetError as error:
            # One stack that is being deleted must not keep the others from scaling.
            print(f"{service} is left as it is: {error}", flush=True)
            continue
        if not released:
            left.add(service)
    return left


def _suspended(aws: Aws, cluster: str) -> Iterator[str]:
    """Yield the services whose scaling a release has suspended: all three kinds of it.

    Whoever suspends one kind by hand keeps it so.
    """
    prefix = f"service/{cluster}/"
    with aws_errors(f"read what scales in the cluster {cluster}"):
        pages = aws.application_autoscaling.get_paginator("describe_scalable_targets").paginate(
            ServiceNamespace=scaling.NAMESPACE, ScalableDimension=scaling.DIMENSION
        )
        for page in pages:
            for target in page["ScalableTargets"]:
                state = target.get("SuspendedState") or {}
                if target["ResourceId"].startswith(prefix) and all(
                    state.get(kind) for kind in scaling.KINDS
                ):
                    yield target["ResourceId"].removeprefix(prefix)


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
        with aws_errors(f"resume the scaling of {service}"):
            scaling.resume(aws.application_autoscaling, cluster=cluster, service=service)
    return tuple(sorted(services))
