"""Release a service again, because a secret of it has a new value."""

import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import boto3
from message import Message

from slipway.release import Aws
from slipway.release.rotation import NewValue, renew


def handler(batch: Mapping[str, Any], context: object) -> dict[str, Any]:
    """Take a ``Secret Label Updated`` event of Secrets Manager one step further.

    The message stays in the queue until the tasks have the new value, so that nothing is
    forgotten: not while another release runs, nor when the one that it started fails.
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/event-detail-secret-label-updated-secretsmanager.html

    Raises
    ------
    slipway.release.ReleaseError
        When somebody has to look: the function's errors call people, and the message comes again.
    """
    message = Message.of(batch)
    event, detail = message.event, message.event["detail"]
    # The rule lets only secrets below shop/prod/ through; shop/prod/storefront/session is ours.
    service, *name = detail["name"].removeprefix(os.environ["SECRET_PREFIX"]).split("/")
    if len(name) != 1:
        message.log(secret=detail["name"], done=True, why="it belongs to no service")
        return {}
    value = NewValue(
        name=detail["name"],
        arn=event["resources"][0],
        version=detail["versionId"],
        since=datetime.fromisoformat(event["time"]),
    )
    aws = Aws.from_session(boto3.Session())
    renewal = renew(aws, f"{os.environ['STACK_PREFIX']}{service}", value)
    message.log(secret=value.name, version=value.version, done=renewal.done, why=renewal.why)
    return {} if renewal.done else message.again_later()
