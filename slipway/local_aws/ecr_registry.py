"""How images get into Amazon ECR: by PutImage and by ``docker push``, under tags that don't move.

MiniStack speaks the registry's protocol to whoever asks. Amazon ECR asks who it is first, and so
does this: the token of GetAuthorizationToken is of one account and region, and so are the images.
"""

from __future__ import annotations

import base64
import fnmatch
import json
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

from ministack.core.responses import (
    error_response_json,
    get_account_id,
    get_region,
    json_response,
    set_request_account_id,
    set_request_region,
)
from ministack.services import ecr

from slipway.local_aws.machine import Machine

FILTERS = "imageTagMutabilityExclusionFilters"

_INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_USER = "AWS"
_SCOPE = re.compile(r"local:([0-9]{12}):([a-z0-9-]+)")
_TWELVE_HOURS = 43200

Refusal = tuple[str, str]
"""The code of an error, and its message."""


def install(machine: Machine) -> None:
    """Apply Amazon ECR's rules to what is put and pushed."""
    put_image, serve, put_manifest = (
        ecr._put_image,
        ecr.handle_registry_request,
        ecr._v2_put_manifest,
    )

    def authorization_token(_request: dict[str, Any]) -> Any:
        user = f"{_USER}:local:{get_account_id()}:{get_region()}"
        data = {
            "authorizationToken": base64.b64encode(user.encode()).decode(),
            "expiresAt": int(time.time()) + _TWELVE_HOURS,
            # Real registries have TLS; engines do without on this machine.
            "proxyEndpoint": machine.endpoint.replace("http://", "https://"),
        }
        return json_response({"authorizationData": [data]})

    def put_image_by_the_rules(request: dict[str, Any]) -> Any:
        name = request.get("repositoryName", "")
        if name not in ecr._repositories:
            return put_image(request)
        request = {**request, "imageManifestMediaType": media_type_of(request)}
        refused = refusal(ecr._repositories[name], ecr._images[name], request)
        if refused:
            return error_response_json(*refused, 400)
        # Who pulls by digest is given the manifest, however it came.
        manifest = request.get("imageManifest", "")
        ecr._manifest_blobs.setdefault(name, {})[ecr._image_digest(manifest)] = manifest.encode()
        return _as_mutable(name, lambda: put_image(request))

    def put_manifest_by_the_rules(
        name: str, reference: str, headers: dict[str, str], body: bytes
    ) -> Any:
        if name not in ecr._repositories or reference.startswith("sha256:"):
            return put_manifest(name, reference, headers, body)
        digest = ecr._image_digest(body)
        if refused := _refused_tag(ecr._repositories[name], ecr._images[name], reference, digest):
            return ecr._registry_error(400, "TAG_INVALID", refused)
        return _as_mutable(name, lambda: put_manifest(name, reference, headers, body))

    async def serve_who_is_known(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Any:
        scope = scope_of(headers.get("authorization", ""))
        if scope is None:
            status, answer, text = ecr._registry_error(
                401, "UNAUTHORIZED", "no basic auth credentials"
            )
            return (
                status,
                {**answer, "WWW-Authenticate": f'Basic realm="{machine.endpoint}/"'},
                text,
            )
        account, region = scope
        set_request_account_id(account)
        set_request_region(region)
        return await serve(method, path, headers, body, query)

    ecr._get_authorization_token = authorization_token
    ecr._put_image = put_image_by_the_rules
    ecr._v2_put_manifest = put_manifest_by_the_rules
    ecr.handle_registry_request = serve_who_is_known


def scope_of(authorization: str) -> tuple[str, str] | None:
    """Return the account and region that a token is of; None for anything else."""
    kind, _, encoded = authorization.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return None
    match = _SCOPE.fullmatch(password)
    return (match.group(1), match.group(2)) if match and user == _USER else None


def media_type_of(request: Mapping[str, Any]) -> str:
    """Return what a manifest is: as PutImage says, or as it says itself."""
    if given := request.get("imageManifestMediaType"):
        return str(given)
    try:
        said = json.loads(request.get("imageManifest", "")).get("mediaType")
    except (ValueError, AttributeError):
        said = None
    return str(said or ecr._DEFAULT_MANIFEST_MEDIA_TYPE)


def refusal(
    repository: Mapping[str, Any], images: Sequence[Mapping[str, Any]], request: Mapping[str, Any]
) -> Refusal | None:
    """Tell what PutImage refuses, and why; None if it may go on.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html

    Parameters
    ----------
    repository
        It has ``imageTagMutability`` and its exclusion filters.
    images
        What it holds.
    request
        With the manifest and its media type.
    """
    manifest, tag = request.get("imageManifest", ""), request.get("imageTag")
    digest = ecr._image_digest(manifest)
    if request.get("imageDigest", digest) != digest:
        return "ImageDigestDoesNotMatchException", f"The image digest is {digest}"
    there = next((image for image in images if image["imageDigest"] == digest), None)
    if there and (not tag or tag in there.get("imageTags", [])):
        name = f"tag '{tag}'" if tag else f"digest '{digest}'"
        return "ImageAlreadyExistsException", f"Image with {name} already exists"
    if tag and (refused := _refused_tag(repository, images, tag, digest)):
        return "ImageTagAlreadyExistsException", refused
    if request.get("imageManifestMediaType") in _INDEXES:
        known = {image["imageDigest"] for image in images}
        for entry in json.loads(manifest)["manifests"]:
            if entry["digest"] not in known:
                return (
                    "ReferencedImagesNotFoundException",
                    f"Images with digests '[{entry['digest']}]' required for pushing image do not "
                    "exist",
                )
    return None


def may_move(repository: Mapping[str, Any], tag: str) -> bool:
    """Tell whether a tag may go from one image to another.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
    """
    mutability = repository.get("imageTagMutability", "MUTABLE")
    excluded = any(fnmatch.fnmatchcase(tag, each["filter"]) for each in repository.get(FILTERS, []))
    return mutability == "MUTABLE" or (mutability.endswith("WITH_EXCLUSION") and excluded)


def _refused_tag(
    repository: Mapping[str, Any], images: Sequence[Mapping[str, Any]], tag: str, digest: str
) -> str | None:
    taken = any(
        tag in image.get("imageTags", []) and image["imageDigest"] != digest for image in images
    )
    if taken and not may_move(repository, tag):
        return (
            f"The image tag '{tag}' already exists in the '{repository['repositoryName']}' "
            "repository and cannot be overwritten because the tag is immutable"
        )
    return None


def _as_mutable(name: str, put: Any) -> Any:
    """Have MiniStack do what our rules allow; it knows the two plain settings only."""
    repository = ecr._repositories[name]
    mutability = repository.get("imageTagMutability", "MUTABLE")
    repository["imageTagMutability"] = "MUTABLE"
    try:
        return put()
    finally:
        repository["imageTagMutability"] = mutability
