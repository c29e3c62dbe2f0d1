"""The environment of a build: nothing of this process but what leads to package registries.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from slipway.local_aws.codebuild.order import PipelineOrder
from slipway.local_aws.codebuild.project import Project
from slipway.local_aws.machine import Machine
from slipway.local_aws.names import names

_SYSTEM_PATH = ("/usr/sbin", "/usr/bin", "/sbin", "/bin")
# What CodeBuild's images bring and machines often have elsewhere.
_TOOLS = ("git", "make")

# How this machine reaches package registries, and whom it trusts: a build here has no other way.
_REGISTRY_PREFIXES = ("PIP_", "UV_", "NPM_CONFIG_")
_REGISTRY_NAMES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
_PROXY_SUFFIX = "_PROXY"

# Each build has a home of its own; packages that were fetched once need not be fetched again.
_CACHES = {
    "PIP_CACHE_DIR": ".cache/pip",
    "UV_CACHE_DIR": ".cache/uv",
    "npm_config_cache": ".npm",
    "JSII_RUNTIME_PACKAGE_CACHE_ROOT": ".cache/aws/jsii/package-cache",
}


@dataclass(frozen=True)
class BuildIdentity:
    """What a build is called."""

    account: str
    region: str
    id: str
    """``<project>:<uuid>``."""
    number: int
    started: float
    """In seconds since 1970."""
    log_stream: str = ""

    @property
    def uuid(self) -> str:
        """The part of its id that no other build has."""
        return self.id.rpartition(":")[2]

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"arn:aws:codebuild:{self.region}:{self.account}:build/{self.id}"

    @property
    def url(self) -> str:
        """Where the console would show it."""
        console = f"https://console.aws.amazon.com/codebuild/home?region={self.region}"
        return f"{console}#/builds/{self.id}/view/new"


@dataclass(frozen=True)
class Places:
    """The directories of a build."""

    root: Path

    @property
    def source(self) -> Path:
        """The primary source, where the first command runs."""
        return self.root / "source"

    def secondary(self, identifier: str) -> Path:
        """Return where a further source is."""
        return self.root / "secondary" / identifier

    @property
    def home(self) -> Path:
        """The home directory."""
        return self.root / "home"

    @property
    def temporary(self) -> Path:
        """Where temporary files go."""
        return self.root / "tmp"

    @property
    def session(self) -> Path:
        """What the shell's session and this process say to each other."""
        return self.root / "session"

    def make(self) -> None:
        """Make them all."""
        for directory in (self.source, self.home, self.temporary, self.session):
            directory.mkdir(parents=True)


def build_environment(
    machine: Machine,
    identity: BuildIdentity,
    order: PipelineOrder,
    project: Project,
    places: Places,
    *,
    credentials: Mapping[str, str],
    buildspec_variables: Mapping[str, str],
    own: Mapping[str, str] = os.environ,
) -> dict[str, str]:
    """Put the variables of a build together; later sources win.

    The order is CodeBuild's: the buildspec's, the project's, then those that the build was
    started with.

    Parameters
    ----------
    credentials
        The session of the project's service role, as keyword arguments of a boto3 client.
    own
        The environment of this process.
    """
    return names(machine).added_to(
        {
            **registry_variables(own),
            "PATH": search_path(machine.build_tools),
            "HOME": str(places.home),
            "TMPDIR": str(places.temporary),
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            **_engine_variables(project, places),
            **_aws_variables(machine, identity.region, credentials),
            **buildspec_variables,
            **project.variables,
            **order.variables,
            **_codebuild_variables(identity, order, project, places),
        }
    )


def registry_variables(own: Mapping[str, str]) -> dict[str, str]:
    """Return what leads to package registries, and to the caches of packages of this machine."""
    home = Path(own.get("HOME") or Path.home())
    caches = {name: str(home / below) for name, below in _CACHES.items()}
    return caches | {name: value for name, value in own.items() if _leads_to_registries(name)}


def _leads_to_registries(name: str) -> bool:
    upper = name.upper()
    return (
        upper.startswith(_REGISTRY_PREFIXES)
        or upper.endswith(_PROXY_SUFFIX)
        or name in _REGISTRY_NAMES
        or name in _CACHES
    )


def search_path(build_tools: Path | None) -> str:
    """Return the build's PATH: the build tools, the system, and where git and make are."""
    directories = [str(build_tools)] if build_tools else []
    directories += _SYSTEM_PATH
    for tool in _TOOLS:
        found = shutil.which(tool)
        if found and str(Path(found).parent) not in directories:
            directories.append(str(Path(found).parent))
    return os.pathsep.join(directories)


def _engine_variables(project: Project, places: Places) -> dict[str, str]:
    """Lead a build to no container engine that has no right to one.

    https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectEnvironment.html
    """
    nobody = places.root / "no-container-engine.sock"
    return {} if project.is_privileged else {"DOCKER_HOST": f"unix://{nobody}"}


def _aws_variables(machine: Machine, region: str, credentials: Mapping[str, str]) -> dict[str, str]:
    # AWS gives credentials by an endpoint instead, which SDKs ask after these variables.
    return {
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ENDPOINT_URL": machine.endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        **{name.upper(): value for name, value in credentials.items()},
    }


def _codebuild_variables(
    identity: BuildIdentity, order: PipelineOrder, project: Project, places: Places
) -> dict[str, str]:
    variables = {
        "CODEBUILD_BUILD_ARN": identity.arn,
        "CODEBUILD_BUILD_ID": identity.id,
        "CODEBUILD_BUILD_IMAGE": project.image,
        "CODEBUILD_BUILD_NUMBER": str(identity.number),
        "CODEBUILD_BUILD_SUCCEEDING": "1",
        "CODEBUILD_BUILD_URL": identity.url,
        # Not on the page, but in what builds print of their environment.
        "CODEBUILD_CI": "true",
        "CODEBUILD_INITIATOR": order.initiator,
        "CODEBUILD_KMS_KEY_ID": project.encryption_key,
        "CODEBUILD_LOG_PATH": identity.log_stream,
        "CODEBUILD_PROJECT_ARN": project.arn,
        "CODEBUILD_SRC_DIR": str(places.source),
        "CODEBUILD_START_TIME": str(int(identity.started * 1000)),
    }
    if order.source_version:
        variables["CODEBUILD_RESOLVED_SOURCE_VERSION"] = order.source_version
    if order.inputs:
        variables["CODEBUILD_SOURCE_VERSION"] = order.inputs[0].arn
    for source in order.inputs[1:]:
        variables[f"CODEBUILD_SRC_DIR_{source.name}"] = str(places.secondary(source.name))
    return variables
