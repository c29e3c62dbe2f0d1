"""Tell of deployments, let scaling rest while one is unfinished, and resume it after its end."""

import os
from collections.abc import Mapping
from typing import Any

import boto3
from deployment_metric import tell
from message import Message

from slipway.release import Aws
from slipway.release.resumption import resume_after, resume_left_behind, suspend_during


def handler(batch: Mapping[str, Any], context: object) -> None:
    """Look after the service whose deployment began or ended; at a schedule's event, after all.

    Raises
    ------
    slipway.release.AwsError
        When AWS refuses or can't be reached: the message comes again.
    """
    message = Message.of(batch)
    aws = Aws.from_session(boto3.Session())
    cluster, detail = os.environ["CLUSTER"], message.event["detail"]
    if message.event["source"] == "aws.events":
        resumed = resume_left_behind(aws, cluster=cluster, stack_prefix=os.environ["STACK_PREFIX"])
        message.log(resumed=resumed, detail=detail)
        return
    tell(message.event)
    group = {
        "cluster": cluster,
        "application": detail["application"],
        "deployment_group": detail["deploymentGroup"],
    }
    if detail["state"] == "START":
        message.log(suspended=suspend_during(aws, **group), detail=detail)
    else:
        message.log(resumed=resume_after(aws, **group), detail=detail)
