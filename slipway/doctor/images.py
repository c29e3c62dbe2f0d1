"""The images of the services: built, pushed, and where the tasks will pull them from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from slipway.doctor.finding import Finding, mend, ok, unknown
from slipway.doctor.patient import Patient
from slipway.release.render import NOT_BUILT

_PAGE = "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html"
_BUILD = (
    "build and push it, and write its digest to build/images.json (docs/getting-started/account.md)"
)


def images(patient: Patient) -> Iterator[Finding]:
    """Look for the digest of each service in its repository."""
    name = patient.wanted.name
    tooling, names = patient.settings.tooling(name), patient.settings.names(name)
    try:
        digests = json.loads(patient.digests.read_text())
    except FileNotFoundError:
        digests = {}
    except ValueError as error:
        yield mend("images", f"{patient.digests} is not JSON ({error})", _BUILD)
        return
    if not isinstance(digests, dict):
        yield mend("images", f"{patient.digests} doesn't map services to digests", _BUILD)
        return
    ecr = patient.client("ecr")
    for service, settings in patient.settings.services(name).items():
        if settings.image is not None:
            continue
        check, digest = f"image of {service}", digests.get(service)
        if not digest or NOT_BUILT in digest:
            yield mend(check, "never built", _BUILD, _PAGE)
        elif tooling.region != patient.region:
            yield unknown(check, f"is in {tooling.region}: ask with --tooling", page=_PAGE)
        else:
            yield _pushed(ecr, tooling.account, names.repository(service), digest, check)


def _pushed(ecr: Any, registry: str, repository: str, digest: str, check: str) -> Finding:
    try:
        ecr.describe_images(
            registryId=registry, repositoryName=repository, imageIds=[{"imageDigest": digest}]
        )
    except ecr.exceptions.RepositoryNotFoundException:
        return mend(check, f"has no repository {repository}", "scripts/cdk deploy Registry", _PAGE)
    except ecr.exceptions.ImageNotFoundException:
        return mend(check, f"{digest[:19]}… is not in {repository}", _BUILD, _PAGE)
    return ok(check, f"{digest[:19]}… is in {repository}", _PAGE)


def repositories(patient: Patient) -> Iterator[Finding]:
    """Look for the repository of each service, in the tooling account."""
    pages = patient.client("ecr").get_paginator("describe_repositories").paginate()
    there = {each["repositoryName"] for page in pages for each in page["repositories"]}
    application = patient.settings.application.application
    wanted = {
        patient.settings.names(environment).repository(service)
        for environment in patient.settings.environments
        for service, settings in patient.settings.services(environment).items()
        if settings.image is None
        and patient.settings.tooling(environment) == patient.settings.application.tooling
    }
    if missing := sorted(wanted - there):
        yield mend(
            "repositories", f"{', '.join(missing)}: not there", "scripts/cdk deploy Registry"
        )
    else:
        yield ok("repositories", f"all {len(wanted)} of {application} are there", _PAGE)
