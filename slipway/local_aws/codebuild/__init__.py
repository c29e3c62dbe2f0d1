"""AWS CodeBuild: runs the commands of a buildspec as processes of this machine."""

from __future__ import annotations

import functools

from slipway.local_aws.codebuild.errors import CodeBuildError
from slipway.local_aws.codebuild.service import CodeBuild
from slipway.local_aws.machine import Machine

__all__ = ["CodeBuild", "CodeBuildError", "install", "service"]


def install(machine: Machine) -> None:
    """Answer what starts and stops builds; projects and lists of builds stay MiniStack's."""
    from slipway.local_aws.codebuild import api, projects

    projects.keep_all_properties()
    api.install(service(machine))
    machine.on_shutdown(service(machine).stop_all)


@functools.cache
def service(machine: Machine) -> CodeBuild:
    """Return the one CodeBuild of a machine."""
    return CodeBuild(machine)
