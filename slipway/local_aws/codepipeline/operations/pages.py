"""Lists in pages."""

from __future__ import annotations

from typing import Any

from slipway.local_aws.codepipeline.errors import CodePipelineError

_PAGE = 100


def page(items: list[Any], request: dict[str, Any], member: str) -> dict[str, Any]:
    """Return the page that a request asks for; the token is the number of the next item."""
    token = request.get("nextToken") or "0"
    if not token.isdigit() or int(token) > len(items):
        raise CodePipelineError("InvalidNextTokenException", "The next token is not valid")
    first = int(token)
    last = first + int(request.get("maxResults") or _PAGE)
    answer: dict[str, Any] = {member: items[first:last]}
    return {**answer, "nextToken": str(last)} if last < len(items) else answer
