"""Clients of AWS whose calls end well before a hook's deadline, and which are made quickly.

They come from botocore: all that boto3 would add takes as long to import as two clients to make.
And what a client costs is mostly its service's model. Those of EC2 and ECS hold hundreds of
operations: reading them takes longer than all else that a hook's first call does. ``models`` holds
them cut down to what the hooks call, in botocore's own format, and stands before botocore's own on
its search path. An operation that isn't in them is added there.

https://botocore.amazonaws.com/v1/documentation/api/latest/reference/loaders.html
"""

import threading
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
from botocore.config import Config

# botocore waits a minute for a connection. Where a VPC endpoint is missing, that would use up a
# hook's time before it could say so. The "standard" mode retries throttled calls.
_PROMPT = Config(
    connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 5}
)
_MODELS = Path(__file__).with_name("models")
# Clients may be used by several threads at once; a session that makes them may not.
# https://docs.aws.amazon.com/boto3/latest/guide/session.html#multithreading-or-multiprocessing-with-sessions
_making = threading.Lock()


def client(service: str, region: str | None = None) -> Any:
    """Return the client of `service`, in the function's own region unless one is named.

    There is one for each service and region, also from one call of the function to the next.
    """
    with _making:
        return _client(service, region)


@cache
def _client(service: str, region: str | None) -> Any:
    return _session().create_client(service, region_name=region, config=_PROMPT)


@cache
def _session() -> botocore.session.Session:
    session = botocore.session.get_session()
    session.set_config_variable("data_path", str(_MODELS))
    return session
