"""The CodeBuild projects of the pipeline: one for each kind of work, run by many actions."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aws_cdk import aws_codebuild as codebuild
from constructs import Construct

from slipway.settings import PipelineNames, Settings
from slipway_constructs.permissions import Permission
from slipway_constructs.pipeline.project import BuildProject, Machine, PipelineParts
from slipway_constructs.values import arn, role_arn
from stacks.toolchain import buildspecs
from stacks.toolchain.library import ASSETS, UPDATE

_TIMEOUTS = {
    "images": timedelta(hours=1),
    "tests": timedelta(hours=1),
    "synth": timedelta(minutes=45),
    # A release waits for its turn, two hours at most.
    "releases": timedelta(hours=3),
}

# https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
_PUSH = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:CompleteLayerUpload",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
)
_LOOK = (
    "ecr:BatchGetImage",
    "ecr:DescribeImageScanFindings",
    "ecr:DescribeImageSigningStatus",
    "ecr:DescribeImages",
    "ecr:DescribeRepositories",
    "ecr:GetDownloadUrlForLayer",
)
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-iam.html
_CACHE = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:BatchImportUpstreamImage",
    "ecr:CreateRepository",
    "ecr:GetDownloadUrlForLayer",
)
_CACHED = (
    "A base image is cached in a repository that is made when it is first pulled, and Dockerfiles "
    "say which. The prefix is the cache's alone."
)
# Amazon ECR reads what Amazon Inspector found as whoever asks.
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-enhanced-iam.html
_FINDINGS = ("inspector2:ListCoverage", "inspector2:ListFindings")
_FINDINGS_OF_ALL = (
    "Findings and coverage of Amazon Inspector have no resource that a policy could name. They say "
    "what is known of images, and change nothing."
)
_TOKEN = Permission(["ecr:GetAuthorizationToken"], ["*"])
_NO_RESOURCE = {
    "*": "GetAuthorizationToken takes no resource: the token opens nothing that the role may not."
}


def release_variable(service: str) -> str:
    """Name the variable that says whether a service has to be released."""
    return f"RELEASE_{service.upper().replace('-', '_')}"


def architectures(settings: Settings) -> list[str]:
    """List what images of the pipeline's environments are built for."""
    return sorted(
        {each for built in settings.built_images.values() for each in built}, reverse=True
    )


class Projects(Construct):
    """The projects, each with a role of its own.

    Parameters
    ----------
    scope, id_
        Where they live, and their name there.
    settings, names
        The settings.
    parts
        What all projects have in common.
    signing_profile
        The ARN of the profile that signs what is pushed, where something does.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: Settings,
        names: PipelineNames,
        parts: PipelineParts,
        signing_profile: str | None,
    ) -> None:
        super().__init__(scope, id_)
        self._names = names
        self._parts, self._signing_profile = parts, signing_profile
        self._caches_base_images = settings.application.images.base_image_cache
        services = _services(settings)
        repositories = [
            arn(self, "ecr", f"repository/{names.application}/{name}") for name in services
        ]
        self.images: Mapping[str, BuildProject] = {
            each: self._images(each, services, repositories) for each in architectures(settings)
        }
        self.tests = self._project(
            "tests",
            description="What a person runs before a commit: make check, make test",
            buildspec=buildspecs.test(),
            size=codebuild.ComputeType.MEDIUM,
        )
        enhanced = settings.application.images.scanning == "enhanced"
        self.synth = self._project(
            "synth",
            description="Looks at what is known of each image, and synthesises every template",
            buildspec=buildspecs.synthesise(architectures(settings)),
            size=codebuild.ComputeType.MEDIUM,
            permissions=[
                # A scan of another day is made again before an image is judged.
                Permission([*_LOOK, "ecr:StartImageScan"], repositories),
                # An image for two architectures is an index, and that is pushed here; so is its
                # signature.
                Permission(_PUSH if self._signing_profile else ["ecr:PutImage"], repositories),
                *self._signing(),
                *([Permission(_FINDINGS, ["*"])] if enhanced else []),
            ],
            wildcards={"*": _FINDINGS_OF_ALL} if enhanced else {},
            variables={"KNOWN_SERVICES": " ".join(services)},
        )
        self.releases = self._project(
            "releases",
            description="Renders, prepares and checks releases, and says what will change",
            buildspec=buildspecs.release(
                ["CHANGES_SUMMARY", *(release_variable(name) for name in services)]
            ),
            permissions=[
                Permission(["sts:AssumeRole"], _observe_roles(self, settings)),
                # The marks: live-<environment> and previous-<environment>.
                Permission([*_LOOK, "ecr:PutImage"], repositories),
            ],
        )

    @classmethod
    def names(cls, settings: Settings) -> list[str]:
        """List the names of all projects, the library's included."""
        images = [f"images-{each}" for each in architectures(settings)]
        return [*images, "tests", "synth", "releases", UPDATE, ASSETS]

    def _images(
        self, architecture: str, services: list[str], repositories: list[str]
    ) -> BuildProject:
        cached = arn(self, "ecr", f"repository/{self._names.base_image_cache}/*")
        base_images = [Permission(_CACHE, [cached])] if self._caches_base_images else []
        wildcards = {cached: _CACHED} if self._caches_base_images else {}
        return self._project(
            f"images-{architecture}",
            description=f"Builds, pushes and documents the images for {architecture}",
            buildspec=buildspecs.build_images(architecture),
            architecture=architecture,
            runs_containers=True,
            permissions=[
                _TOKEN,
                Permission([*_PUSH, *_LOOK], repositories),
                *self._signing(),
                *base_images,
            ],
            wildcards=_NO_RESOURCE | wildcards,
            variables={"KNOWN_SERVICES": " ".join(services)},
        )

    def _signing(self) -> list[Permission]:
        """Let a project sign: Amazon ECR signs what is pushed as whoever pushes it.

        https://docs.aws.amazon.com/AmazonECR/latest/userguide/managed-signing.html
        """
        if self._signing_profile is None:
            return []
        return [Permission(["signer:SignPayload"], [self._signing_profile])]

    def _project(
        self,
        name: str,
        *,
        description: str,
        buildspec: Mapping[str, Any],
        permissions: list[Permission] | None = None,
        wildcards: Mapping[str, str] | None = None,
        variables: Mapping[str, str] | None = None,
        **machine: Any,
    ) -> BuildProject:
        return BuildProject(
            self,
            name,
            name=self._names.project(name),
            description=description,
            buildspec=buildspec,
            variables=variables,
            machine=Machine(timeout=_TIMEOUTS[name.split("-")[0]], **machine),
            permissions=permissions or (),
            wildcards=wildcards,
            parts=self._parts,
        )


def _services(settings: Settings) -> list[str]:
    return sorted(
        {
            name
            for wave in settings.waves
            for environment in wave
            for name in settings.services(environment.name)
        }
    )


def _observe_roles(scope: Construct, settings: Settings) -> list[str]:
    return [
        role_arn(scope, environment.account, settings.names(environment.name).observe_role)
        for wave in settings.waves
        for environment in wave
    ]
