"""An API of AWS that speaks JSON 1.1: what MiniStack hands over, and what it gets back.

https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

Request = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]

_CONTENT_TYPE = "application/x-amz-json-1.1"


class ApiError(Exception):
    """A request that an API refuses, with the code of its error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def respond(
    headers: Mapping[str, str], body: bytes, call: Callable[[str, Request], dict[str, Any]]
) -> Response:
    """Answer an HTTP request.

    Parameters
    ----------
    call
        Carries out an operation, by its name, or raises `ApiError`.
    """
    operation = headers.get("x-amz-target", "").rpartition(".")[2]
    try:
        return _response(200, call(operation, json.loads(body or b"{}")))
    except ApiError as error:
        return _response(400, {"__type": error.code, "message": str(error)})


def operations_of(*parts: object) -> dict[str, Callable[[Request], Any]]:
    """Return the public methods of some objects, by the names that AWS gives such operations."""
    return {
        re.sub(r"(?:^|_)(\w)", lambda match: match[1].upper(), name): getattr(part, name)
        for part in parts
        for name in dir(part)
        if not name.startswith("_")
    }


def _response(status: int, content: dict[str, Any]) -> Response:
    return status, {"Content-Type": _CONTENT_TYPE}, json.dumps(content).encode()
