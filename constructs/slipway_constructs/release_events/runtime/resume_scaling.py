"""Resume the scaling that a release suspended, after its end or within the hour."""

import os
from collections.abc import Mapping
from typing import Any

import boto3
from message import Message

from slipway.release import Aws
from slipway.release.resumption import resume_after, resume_left_behind


def handler(batch: Mapping[str, Any], context: object) -> None:
    """Look after the service whose deployment ended; at the event of a schedule, after all.

    Raises
    ------
    slipway.release.AwsError
        When AWS refuses or can't be reached: the message comes again.
    """
    message = Message.of(batch)
    aws = Aws.from_session(boto3.Session())
    cluster = os.environ["CLUSTER"]
    if message.event["source"] == "aws.events":
        resumed = resume_left_behind(aws, cluster=cluster, stack_prefix=os.environ["STACK_PREFIX"])
    else:
        detail = message.event["detail"]
        resumed = resume_after(
            aws,
            cluster=cluster,
            application=detail["application"],
            deployment_group=detail["deploymentGroup"],
        )
    message.log(resumed=resumed, detail=message.event["detail"])
