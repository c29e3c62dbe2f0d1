"""What the registry knows of an image: its tags, and where its provenance says it comes from."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
from typing import Any

from slipway.rehearsal.connection import Connection
from slipway.rehearsal.errors import RehearsalError

# The document beside an image: its tag begins so, and its manifest is one of OCI.
_PROVENANCE = "provenance"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_TIMEOUT_SECONDS = 10


@dataclass(frozen=True)
class Registered:
    """An image, as the registry and its provenance tell of it."""

    digest: str
    tags: tuple[str, ...]
    commit: str | None
    """What its provenance says it was built from."""
    build: str | None
    """What its provenance says built it: the ARN of a build of CodeBuild."""

    @property
    def is_of_a_build(self) -> bool:
        """Whether the registry has it by what it is made of, and by the build that made it."""
        return all(
            any(tag.startswith(prefix) for tag in self.tags) for prefix in ("source-", "build-")
        )


def registered(registry: Connection, repository: str, digest: str) -> Registered:
    """Read what the registry knows of an image.

    Parameters
    ----------
    registry
        The registry's account.
    repository
        Such as ``shop/storefront``.
    digest
        The image's.

    Raises
    ------
    RehearsalError
        The registry has no such image.
    """
    ecr = registry.client("ecr")
    found = ecr.describe_images(repositoryName=repository, imageIds=[{"imageDigest": digest}])
    if not found["imageDetails"]:
        raise RehearsalError(f"{repository}@{digest} is not in the registry")
    predicate = _provenance(registry, ecr, repository, digest).get("predicate", {})
    commits = [
        each["digest"]["gitCommit"]
        for each in predicate.get("buildDefinition", {}).get("resolvedDependencies", ())
        if each.get("name") == "source"
    ]
    return Registered(
        digest=digest,
        tags=tuple(found["imageDetails"][0].get("imageTags", ())),
        commit=commits[0] if commits else None,
        build=predicate.get("runDetails", {}).get("metadata", {}).get("invocationId"),
    )


def _provenance(registry: Connection, ecr: Any, repository: str, digest: str) -> dict[str, Any]:
    """Download the provenance of an image; nothing where it has none."""
    manifests = ecr.batch_get_image(
        repositoryName=repository,
        imageIds=[{"imageTag": f"{_PROVENANCE}-{digest.removeprefix('sha256:')}"}],
        acceptedMediaTypes=[_MANIFEST],
    )["images"]
    if not manifests:
        return {}
    (layer,) = json.loads(manifests[0]["imageManifest"])["layers"]
    (token,) = ecr.get_authorization_token()["authorizationData"]
    request = urllib.request.Request(  # noqa: S310 - the connection is to this machine
        f"{registry.endpoint}/v2/{repository}/blobs/{layer['digest']}",
        headers={"Authorization": f"Basic {token['authorizationToken']}"},
    )
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
        statement: dict[str, Any] = json.load(answer)
    return statement
