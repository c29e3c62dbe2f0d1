"""Which ECS task this process is."""

from __future__ import annotations

import logging
from datetime import timedelta

import aiohttp

PATIENCE = timedelta(seconds=2)

logger = logging.getLogger(__name__)


async def task_revision(metadata_uri: str) -> str:
    """Ask ECS for the `family:revision` of the task definition that this task was started from.

    Parameters
    ----------
    metadata_uri
        ECS_CONTAINER_METADATA_URI_V4; empty outside of a task.

    Returns
    -------
    str
        For example `shop-prod-inventory:3`; `unknown`, with a warning in the log, where ECS gives
        no answer: the stock can be had all the same.

    Notes
    -----
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4.html
    """
    patience = aiohttp.ClientTimeout(total=PATIENCE.total_seconds())
    try:
        async with (
            aiohttp.ClientSession(timeout=patience, raise_for_status=True) as session,
            session.get(f"{metadata_uri}/task") as answer,
        ):
            task = await answer.json(content_type=None)
        return "{Family}:{Revision}".format(**task)
    except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError) as error:
        logger.warning("the task's revision is not known: %r", error)
        return "unknown"
