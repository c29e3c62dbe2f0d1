"""How an operation of ECS refuses."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ministack.core.responses import error_response_json, json_response

from slipway.local_aws.json_api import ApiError, Request, Response


class EcsError(ApiError):
    """A request that ECS refuses."""


def answer(content: dict[str, Any]) -> Response:
    """Return what an operation answers."""
    response: Response = json_response(content)
    return response


def answering(operation: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """Turn a refusal into the answer of the API."""

    @functools.wraps(operation)
    def answering_operation(request: Request) -> Response:
        try:
            return operation(request)
        except EcsError as error:
            return error_response_json(error.code, str(error), 400)  # type: ignore[no-any-return]

    return answering_operation
