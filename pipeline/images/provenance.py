"""Where an image comes from: an in-toto statement with SLSA's provenance as its predicate.

It says which source, base images and parameters went into the image of a digest, and which build
made it. It is not signed. What it is worth is what the registry's access is worth: only the
pipeline's own role pushes there, and immutable tags keep the statement as it was first written. It
answers "where does this come from?" for people who trust the registry, and proves nothing to
others: level 1 of SLSA's build track, no higher.

Build arguments are in it as they were given: they are no place for secrets, and an image shows
them, too.

``buildType`` is ``urn:slipway:image:v1``. Its ``externalParameters``: ``repository`` and ``path``
of the source, ``service``, ``architecture``, ``baseImages`` and ``buildArguments``. Its
``internalParameters``: ``fingerprint``, the 16 hexadecimal digits that name all that the image was
made of.

https://slsa.dev/spec/v1.0/provenance
https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pipeline.images.image import Build
from slipway.settings.pipeline import Pipeline

MEDIA_TYPE = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/provenance/v1"
BUILD_TYPE = "urn:slipway:image:v1"
# A person's machine, or a test: nothing that an auditor could ask.
BY_HAND = "urn:slipway:builder:by-hand"

_HOSTS = {"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}
_BUILD_ARN = re.compile(r"(?P<place>arn:[^:]+:codebuild:[^:]+:[^:]+):build/(?P<project>[^:]+):.+")
_DIGEST = re.compile(r"(?P<name>.+)@sha256:(?P<hex>[0-9a-f]{64})")


def source_of(pipeline: Pipeline | None) -> str | None:
    """Return the address of the repository that is released; None where settings don't say it.

    A connection that stands already leads to a host that settings don't name: its repository is
    told without one.
    """
    if pipeline is None:
        return None
    if pipeline.host.provider is None:
        return pipeline.repository
    return f"https://{_HOSTS[pipeline.host.provider]}/{pipeline.repository}"


def statement(build: Build, *, environment: Mapping[str, str] = os.environ) -> bytes:
    """Write the provenance of an image.

    Parameters
    ----------
    build
        The image, and how it was built.
    environment
        Environment variables; CodeBuild's ``CODEBUILD_BUILD_ARN`` names the builder.
        https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html

    Returns
    -------
    bytes
        The statement in JSON, with sorted keys.
    """
    arn = environment.get("CODEBUILD_BUILD_ARN", "")
    project = _BUILD_ARN.fullmatch(arn)
    content = {
        "_type": STATEMENT,
        "subject": [{"name": build.repository, "digest": _digest(build.digest)}],
        "predicateType": PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {
                    "repository": build.source,
                    "path": f"services/{build.service}",
                    "service": build.service,
                    "architecture": build.architecture,
                    "baseImages": list(build.base_images),
                    "buildArguments": dict(build.build_arguments),
                },
                "internalParameters": {"fingerprint": build.fingerprint},
                "resolvedDependencies": [
                    *_source(build.source, build.revision),
                    *(_base_image(each) for each in build.base_images),
                ],
            },
            "runDetails": {
                "builder": {
                    "id": f"{project['place']}:project/{project['project']}" if project else BY_HAND
                },
                "metadata": {
                    "invocationId": arn or build.build_id,
                    "startedOn": _time(build.started),
                    "finishedOn": _time(build.finished),
                },
            },
        },
    }
    return json.dumps(content, sort_keys=True).encode()


def _source(source: str | None, revision: str | None) -> list[dict[str, Any]]:
    """Describe the commit, as far as it is known."""
    if revision is None:
        return []
    known = {"uri": f"git+{source}"} if source and source.startswith("https://") else {}
    return [{"name": "source", **known, "digest": {"gitCommit": revision}}]


def _base_image(reference: str) -> dict[str, Any]:
    pinned = _DIGEST.fullmatch(reference)
    if pinned is None:
        return {"name": reference, "uri": f"docker://{reference}"}
    return {
        "name": pinned["name"],
        "uri": f"docker://{reference}",
        "digest": {"sha256": pinned["hex"]},
    }


def _digest(digest: str) -> dict[str, str]:
    algorithm, _, value = digest.partition(":")
    return {algorithm: value}


def _time(moment: datetime) -> str:
    """Return a moment of UTC as RFC 3339 has it, to the second."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
