"""Saved queries of CloudWatch Logs Insights, which MiniStack lacks."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from ministack import app
from ministack.core.responses import (
    AccountRegionScopedDict,
    error_response_json,
    json_response,
)

from slipway.local_aws.machine import Machine

Response = tuple[int, dict[str, str], bytes]
Handler = Callable[..., Awaitable[Response]]
Record = dict[str, Any]

_NAME = "logs"

_definitions = AccountRegionScopedDict()


def install(machine: Machine) -> None:
    """Answer the operations on query definitions; everything else stays MiniStack's."""
    otherwise: Handler = app.SERVICE_HANDLERS[_NAME]
    operations: dict[str, Callable[[Record], Response]] = {
        "DeleteQueryDefinition": delete,
        "DescribeQueryDefinitions": describe,
        "PutQueryDefinition": put,
    }

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        operation = operations.get(headers.get("x-amz-target", "").rpartition(".")[2])
        if operation is None:
            return await otherwise(method, path, headers, body, query)
        return operation(json.loads(body or b"{}"))

    app.SERVICE_HANDLERS[_NAME] = handle


def put(request: Record) -> Response:
    """Save a query: a new one, or under the id that is named."""
    identity = request.get("queryDefinitionId") or str(uuid.uuid4())
    if "queryDefinitionId" in request and identity not in _definitions:
        return _not_found(identity)
    _definitions[identity] = {
        "queryDefinitionId": identity,
        "name": request["name"],
        "queryString": request["queryString"],
        "logGroupNames": request.get("logGroupNames", []),
        "lastModified": int(time.time() * 1000),
    }
    return _answer({"queryDefinitionId": identity})


def describe(request: Record) -> Response:
    """Return the saved queries whose names begin with a prefix, by name, all on one page."""
    prefix = request.get("queryDefinitionNamePrefix", "")
    found = [each for each in _definitions.values() if each["name"].startswith(prefix)]
    return _answer({"queryDefinitions": sorted(found, key=lambda each: each["name"])})


def delete(request: Record) -> Response:
    """Forget a query."""
    if _definitions.pop(request["queryDefinitionId"], None) is None:
        return _not_found(request["queryDefinitionId"])
    return _answer({"success": True})


def _answer(content: Record) -> Response:
    response: Response = json_response(content)
    return response


def _not_found(identity: str) -> Response:
    response: Response = error_response_json(
        "ResourceNotFoundException", f"The query definition {identity} does not exist", 400
    )
    return response
