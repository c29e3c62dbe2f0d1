"""Which task this is, as Amazon ECS tells it."""

from __future__ import annotations

import http.client
import json
import logging
import urllib.request
from datetime import timedelta

UNKNOWN_REVISION = "unknown"
TIMEOUT = timedelta(seconds=2)

logger = logging.getLogger(__name__)


def read_revision(metadata_address: str | None) -> str:
    """Read the task definition's `family:revision` from the task metadata endpoint.

    Parameters
    ----------
    metadata_address
        The value of ECS_CONTAINER_METADATA_URI_V4; None outside of a task.

    Returns
    -------
    str
        For example `shop-prod-storefront:7`; `unknown`, after a warning in the log, where there is
        no metadata: a service that can't name itself can still serve.

    Notes
    -----
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4.html
    """
    if metadata_address is None:
        logger.warning("no task metadata: ECS_CONTAINER_METADATA_URI_V4 is not set")
        return UNKNOWN_REVISION
    try:
        with urllib.request.urlopen(  # noqa: S310 - the address comes from ECS, not from a user
            f"{metadata_address}/task", timeout=TIMEOUT.total_seconds()
        ) as response:
            task = json.load(response)
        return f"{task['Family']}:{task['Revision']}"
    except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException) as error:
        logger.warning("no task metadata: %s/task: %r", metadata_address, error)
        return UNKNOWN_REVISION
