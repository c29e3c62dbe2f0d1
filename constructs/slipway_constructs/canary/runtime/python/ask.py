"""What the canary does: it asks for one page as a client does, and fails with the reason.

CloudWatch Synthetics calls the handler, and counts a run without an exception as a success.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Canaries_WritingCanary_Python.html
"""

import os
import urllib.error
import urllib.request
from typing import Any

_READ_AT_MOST = 1024 * 1024


class NotAsPromisedError(Exception):
    """The service answered, but not what it should, or it did not answer."""


def handler(event: Any, context: Any) -> str:
    """Ask once.

    Raises
    ------
    NotAsPromisedError
        In a sentence: what was asked for, and what came.
    """
    url, expected = os.environ["URL"], os.environ.get("EXPECTED_BODY", "")
    request = urllib.request.Request(  # noqa: S310 - the settings make it https
        url, headers={"User-Agent": "slipway-canary", "Cache-Control": "no-cache"}
    )
    try:
        with urllib.request.urlopen(  # noqa: S310
            request, timeout=float(os.environ["TIMEOUT_SECONDS"])
        ) as response:
            status, body = response.status, response.read(_READ_AT_MOST)
    except urllib.error.HTTPError as refusal:
        raise NotAsPromisedError(f"{url} answered {refusal.code}") from None
    except OSError as error:
        # No name, no connection, no trust in its certificate, or no answer in time.
        reason = getattr(error, "reason", error)
        raise NotAsPromisedError(f"{url} did not answer: {reason}") from None
    if status != 200:
        raise NotAsPromisedError(f"{url} answered {status}")
    if expected.encode() not in body:
        raise NotAsPromisedError(f"{url} answered without {expected!r}")
    return f"{url} answered as promised"
