"""Amazon ECR between accounts: a request may name the registry of another one.

Who asks for it is let in by the repository's policy, or is refused, as on AWS.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from ministack import app
from ministack.core.responses import (
    error_response_json,
    get_account_id,
    get_region,
    request_scope,
)
from ministack.core.router import extract_access_key_id
from ministack.services import ecr

from slipway.local_aws.callers import Caller, caller_of, service_as
from slipway.local_aws.machine import Machine
from slipway.local_aws.resource_policies import admits

Response = tuple[int, dict[str, str], bytes]
Handler = Callable[..., Awaitable[Response]]

_NAME = "ecr"
_REFERENCE = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?"
    r"/(?P<repository>[^@:]+)@(?P<digest>sha256:[0-9a-f]{64})"
)
# What whoever pulls an image needs of its repository.
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html
_PULL = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")


def install(machine: Machine) -> None:
    """Have requests that name another account's registry answered from there, if they may be."""
    otherwise: Handler = app.SERVICE_HANDLERS[_NAME]

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        request = _request(body)
        owner, region = request.get("registryId") or get_account_id(), get_region()
        if owner == get_account_id() or not isinstance(owner, str):
            return await otherwise(method, path, headers, body, query)
        caller = caller_of(extract_access_key_id(headers, query))
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        for name in _named(request):
            if refused := refusal(caller, f"ecr:{operation}", owner, region, name):
                return refused
        with request_scope(owner, region):
            return await otherwise(method, path, headers, body, query)

    app.SERVICE_HANDLERS[_NAME] = handle


def refusal(
    caller: Caller, action: str, owner: str, region: str, repository: str
) -> Response | None:
    """Refuse what a repository of another account doesn't let somebody do; None if it does.

    Whether there is such a repository is told to nobody who isn't let in.
    """
    resource = f"arn:aws:ecr:{region}:{owner}:repository/{repository}"
    policy = ecr._repo_policies.get_scoped(owner, region, repository)
    if admits(policy, caller, action, resource):
        return None
    response: Response = error_response_json(
        "AccessDeniedException",
        f"User: {caller.arn} is not authorized to perform: {action} on resource: {resource} "
        f"because no resource-based policy allows the {action} action",
        400,
    )
    return response


def cannot_pull(reference: str, puller: str, account: str) -> str | None:
    """Say why a task can't have an image from the registry of another account; None if it can.

    Parameters
    ----------
    reference
        The image: ``<account>.dkr.ecr.<region>.amazonaws.com/<repository>@sha256:<hex>``; any
        other is no matter of this.
    puller
        The ARN of the task's execution role; without one nobody is let in.
    account
        The task's own account, whose images are not asked for.
    """
    match = _REFERENCE.fullmatch(reference)
    if match is None or match["account"] == account:
        return None
    owner, region, name = match["account"], match["region"], match["repository"]
    caller = service_as(puller, "pull")
    resource = f"arn:aws:ecr:{region}:{owner}:repository/{name}"
    policy = ecr._repo_policies.get_scoped(owner, region, name)
    for action in _PULL:
        if not admits(policy, caller, action, resource):
            return f"{puller or 'nobody'} is not authorized to perform: {action} on {resource}"
    images = ecr._images.get_scoped(owner, region, name) or ()
    if not any(image["imageDigest"] == match["digest"] for image in images):
        return f"{reference}: not found"
    return None


def _request(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return {}
    return request if isinstance(request, dict) else {}


def _named(request: dict[str, Any]) -> list[str]:
    """Return the repositories that a request names; a registry's own have none."""
    name, several = request.get("repositoryName"), request.get("repositoryNames")
    return [name] if name else list(several or [""])
