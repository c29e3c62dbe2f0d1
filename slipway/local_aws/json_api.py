"""An API of AWS that speaks JSON 1.1: what MiniStack hands over, and what it gets back.

https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.responses import error_response_json, json_response

Request = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]

_CONTENT_TYPE = "application/x-amz-json-1.1"


class ApiError(Exception):
    """A request that an API refuses, with the code of its error.

    Parameters
    ----------
    further
        Members that the answer has besides the message.
    """

    def __init__(self, code: str, message: str, **further: Any) -> None:
        super().__init__(message)
        self.code = code
        self.further = further


def respond(
    headers: Mapping[str, str], body: bytes, call: Callable[[str, Request], dict[str, Any]]
) -> Response:
    """Answer an HTTP request.

    Parameters
    ----------
    call
        Carries out an operation, by its name, or raises `ApiError`.
    """
    operation = operation_of(headers)
    return answering(lambda request: answer(call(operation, request)))(json.loads(body or b"{}"))


def operation_of(headers: Mapping[str, str]) -> str:
    """Return the name of the operation that an HTTP request wants."""
    return headers.get("x-amz-target", "").rpartition(".")[2]


def answer(content: dict[str, Any]) -> Response:
    """Return what an operation answers."""
    response: Response = json_response(content, content_type=_CONTENT_TYPE)
    return response


def answering(operation: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """Turn an operation's refusal into the answer of its API."""

    @functools.wraps(operation)
    def answering_operation(request: Request) -> Response:
        try:
            return operation(request)
        except ApiError as error:
            refused: Response = error_response_json(
                error.code, str(error), 400, error.further, content_type=_CONTENT_TYPE
            )
            return refused

    return answering_operation


def operations_of(*parts: object) -> dict[str, Callable[[Request], Any]]:
    """Return the public methods of some objects, by the names that AWS gives such operations."""
    return {
        re.sub(r"(?:^|_)(\w)", lambda match: match[1].upper(), name): getattr(part, name)
        for part in parts
        for name in dir(part)
        if not name.startswith("_")
    }
