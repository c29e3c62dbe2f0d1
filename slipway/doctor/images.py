"""The images of the services: built, pushed, and where the tasks will pull them from."""

from __future__ import annotations

import json
from collections.abc import Iterator

from slipway.doctor.finding import Finding, mend, ok
from slipway.doctor.patient import Patient
from slipway.release.render import NOT_BUILT

_PAGE = "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html"
_TASK_DEFINITIONS = (
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTaskDefinitions.html"
)
_BUILD = (
    "build and push it, and write its digest to build/images.json (docs/getting-started/account.md)"
)


def images(patient: Patient) -> Iterator[Finding]:
    """Look for the digest of each service, and in its repository where that is in this account.

    A repository of another account lets nobody in but the services' own roles.
    """
    name = patient.wanted.name
    tooling, names = patient.settings.tooling(name), patient.settings.names(name)
    digests = _digests(patient)
    if isinstance(digests, Finding):
        yield digests
        return
    is_here = (tooling.account, tooling.region) == (patient.account, patient.region)
    for service, settings in patient.settings.services(name).items():
        if settings.image is not None:
            continue
        check, digest = f"image of {service}", digests.get(service)
        if not digest or NOT_BUILT in digest:
            yield _not_built_here(patient, names.family(service), check)
        elif is_here:
            yield _pushed(patient, names.repository(service), digest, check)
        else:
            says = f"{digest[:19]}… is built; --tooling looks for it in {tooling.account}"
            yield ok(check, says, _PAGE)


def _not_built_here(patient: Patient, family: str, check: str) -> Finding:
    """Say what is known of an image without a digest: the pipeline may build it, elsewhere."""
    pipeline = patient.settings.application.pipeline
    if pipeline is None or patient.wanted.pipeline is None:
        return mend(check, "never built", _BUILD, _PAGE)
    ecs = patient.client("ecs")
    newest = ecs.list_task_definitions(familyPrefix=family, sort="DESC", maxResults=1)
    push = f"a push to {pipeline.branch} has the pipeline build"
    if not newest["taskDefinitionArns"]:
        return ok(check, f"is not here yet: {push} and deploy it", _TASK_DEFINITIONS)
    revision = newest["taskDefinitionArns"][0].rsplit("/", 1)[-1]
    return ok(check, f"{revision} has one; {push} the next", _TASK_DEFINITIONS)


def pushed_images(patient: Patient) -> Iterator[Finding]:
    """Look for the digest of each service that was built, in the repositories that are shared."""
    digests = _digests(patient)
    if isinstance(digests, Finding):
        yield digests
        return
    built = {
        service: repository
        for service, repository in _repositories(patient).items()
        if digests.get(service) and NOT_BUILT not in digests[service]
    }
    for service, repository in built.items():
        yield _pushed(patient, repository, digests[service], f"image of {service}")
    if not built:
        yield ok("images", f"{patient.digests.name} names none that was built here")


def _digests(patient: Patient) -> dict[str, str] | Finding:
    """Read what the build wrote; return what is wrong with it, if something is."""
    try:
        digests = json.loads(patient.digests.read_text())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        return mend("images", f"{patient.digests} is not JSON ({error})", _BUILD)
    if not isinstance(digests, dict):
        return mend("images", f"{patient.digests} doesn't map services to digests", _BUILD)
    return digests


def _pushed(patient: Patient, repository: str, digest: str, check: str) -> Finding:
    ecr = patient.client("ecr")
    try:
        ecr.describe_images(
            registryId=patient.account,
            repositoryName=repository,
            imageIds=[{"imageDigest": digest}],
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
    wanted = set(_repositories(patient).values())
    if missing := sorted(wanted - there):
        yield mend(
            "repositories", f"{', '.join(missing)}: not there", "scripts/cdk deploy Registry"
        )
    else:
        yield ok("repositories", f"all {len(wanted)} of {application} are there", _PAGE)


def _repositories(patient: Patient) -> dict[str, str]:
    """Return the repository of each service whose environments share the tooling account's."""
    settings = patient.settings
    return {
        service: settings.names(environment).repository(service)
        for environment in settings.environments
        for service, each in settings.services(environment).items()
        if each.image is None and settings.tooling(environment) == settings.application.tooling
    }
